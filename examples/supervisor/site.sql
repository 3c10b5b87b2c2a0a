CREATE DATABASE IF NOT EXISTS site;
CREATE OR REPLACE TABLE site.page (text VARCHAR(80)) SELECT 'MariaDB says hello' AS text;
CREATE USER IF NOT EXISTS 'www-data'@localhost IDENTIFIED VIA unix_socket;
GRANT SELECT ON site.* TO 'www-data'@localhost;
