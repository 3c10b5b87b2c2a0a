<?php
$site = new mysqli('localhost', 'www-data', '', 'site'); // through the socket, as the user that apache2 runs as
echo $site->query('SELECT text FROM page')->fetch_row()[0], "\n";
