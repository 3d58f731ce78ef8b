-- Once, as a superuser: psql -v ON_ERROR_STOP=1 -f roles.sql. Then set both passwords with
-- \password, which sends no plain text.
CREATE ROLE shoal_owner LOGIN;
CREATE ROLE shoal_application LOGIN;
CREATE DATABASE shoal OWNER shoal_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE CONNECT, TEMPORARY ON DATABASE shoal FROM PUBLIC;
GRANT CONNECT ON DATABASE shoal TO shoal_application;
