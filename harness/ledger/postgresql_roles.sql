-- Who may do what with a ledger on a PostgreSQL server. Run once in the ledger's database, before
-- the ledger is begun, by somebody who may make roles and schemas:
--     psql -v ON_ERROR_STOP=1 --single-transaction -f roles.sql postgresql://ADMIN@HOST/DATABASE

-- Owns the tables and their guards. Begins the ledger, and is not used after that.
CREATE ROLE harness_owner LOGIN;
-- Read and append. They cannot change or remove an entry, nor the guards against it. The list of
-- projects they may write: it is made with the rights of those who append, and proves nothing.
CREATE ROLE harness_keeper NOLOGIN;
-- Only read.
CREATE ROLE harness_auditor NOLOGIN;

CREATE SCHEMA harness AUTHORIZATION harness_owner;
GRANT USAGE ON SCHEMA harness TO harness_keeper, harness_auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE harness_owner IN SCHEMA harness
    GRANT SELECT, INSERT ON TABLES TO harness_keeper;
ALTER DEFAULT PRIVILEGES FOR ROLE harness_owner IN SCHEMA harness
    GRANT SELECT ON TABLES TO harness_auditor;
