CREATE TABLE jobs (id serial PRIMARY KEY, done timestamptz);
