"""What the allow-list refuses, whatever the blacklist says: the reason's words, and statements that it must name them for.

One statement a line; `⏎` stands for a line break within a statement.
"""

# ruff: noqa: E501  the tables are wider than code

BOTH = {
    "one statement": """
        SELECT 1; SELECT 2
        SELECT 1;SELECT 2;
        SELECT 1 /* ; */ ; INSERT INTO mold_info VALUES ('8', 'x')
        SELECT ';'; SELECT ';'
        INSERT INTO mold_info VALUES ('8', 'x'); SELECT 1
        SELECT 1;; ; ;SELECT 1
    """,
    "no statement": """
        ;
        -- nothing
        /* nothing */ ; ;
    """,
    "There is no table": """
        SELECT * FROM castmark_tasks
        SELECT secret FROM castmark_tasks
        SELECT count(*) FROM castmark_tasks
        SELECT * FROM "castmark_tasks"
        SELECT * FROM Castmark_Tasks
        SELECT * FROM castmark_tasks AS mold_info
        SELECT * FROM mold_info, castmark_tasks
        SELECT * FROM mold_info CROSS JOIN castmark_tasks
        SELECT * FROM mold_info JOIN castmark_tasks ON 1 = 1
        SELECT * FROM mold_info NATURAL JOIN castmark_tasks
        SELECT * FROM (mold_info CROSS JOIN castmark_tasks)
        SELECT * FROM (castmark_tasks)
        SELECT * FROM ((SELECT 1) AS a CROSS JOIN castmark_tasks)
        SELECT * FROM mold_info LEFT JOIN (recognition_record CROSS JOIN castmark_tasks) ON 1 = 1
        SELECT (SELECT secret FROM castmark_tasks)
        SELECT 1 WHERE EXISTS (SELECT 1 FROM castmark_tasks)
        SELECT mold_name FROM mold_info WHERE mold_name IN (SELECT secret FROM castmark_tasks)
        SELECT mold_name FROM mold_info ORDER BY (SELECT secret FROM castmark_tasks)
        SELECT mold_name FROM mold_info GROUP BY (SELECT secret FROM castmark_tasks)
        SELECT 1 FROM mold_info HAVING (SELECT secret FROM castmark_tasks) = 'a'
        SELECT 1 LIMIT (SELECT id FROM castmark_tasks)
        SELECT 1 LIMIT 1 OFFSET (SELECT id FROM castmark_tasks)
        SELECT 1 UNION SELECT secret FROM castmark_tasks
        SELECT 1 UNION ALL (SELECT secret FROM castmark_tasks)
        SELECT 1 EXCEPT SELECT id FROM castmark_tasks
        SELECT CASE WHEN (SELECT id FROM castmark_tasks) = 1 THEN 1 END
        SELECT count(*) FILTER (WHERE (SELECT id FROM castmark_tasks) = 1) FROM mold_info
        SELECT sum(1) OVER (ORDER BY (SELECT id FROM castmark_tasks)) FROM mold_info
        SELECT 1 FROM mold_info WINDOW w AS (ORDER BY (SELECT id FROM castmark_tasks))
        SELECT * FROM mold_info m JOIN recognition_record r ON r.hub_id = (SELECT secret FROM castmark_tasks)
        VALUES ((SELECT secret FROM castmark_tasks))
        SELECT * FROM (VALUES ((SELECT secret FROM castmark_tasks))) AS v
        WITH castmark_tasks AS (SELECT * FROM castmark_tasks) SELECT * FROM castmark_tasks
        WITH a AS (SELECT * FROM castmark_tasks) SELECT * FROM a
        WITH a AS (SELECT 1), b AS (SELECT * FROM castmark_tasks) SELECT * FROM a
        WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a
        WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT id FROM castmark_tasks) SELECT n FROM t
        SELECT * FROM (WITH castmark_tasks AS (SELECT 1 AS x) SELECT x FROM castmark_tasks) a, castmark_tasks
        (WITH castmark_tasks AS (SELECT 1) SELECT * FROM castmark_tasks) UNION SELECT id FROM castmark_tasks
        INSERT INTO castmark_tasks VALUES (2, 'x')
        INSERT INTO castmark_tasks (id) SELECT 1
        INSERT INTO mold_info SELECT id, secret FROM castmark_tasks
        INSERT INTO mold_info VALUES ('8', (SELECT secret FROM castmark_tasks))
        WITH mine AS (SELECT 1) INSERT INTO mine SELECT 1
        WITH castmark_tasks AS (SELECT 1, 2) INSERT INTO castmark_tasks SELECT 1, 'x'
        SELECT * FROM sqlite_master
        SELECT * FROM sqlite_schema
        SELECT * FROM "sqlite_master"
        SELECT * FROM pg_class
        SELECT * FROM pg_shadow
        SELECT * FROM pg_authid
        SELECT * FROM pg_settings
        SELECT * FROM pg_stat_activity
        SELECT castmark_tasks.* FROM mold_info
        SELECT castmark_tasks.secret FROM mold_info
    """,
    "DB is not allowed": """
        SELECT * FROM main.castmark_tasks
        SELECT * FROM public.castmark_tasks
        SELECT * FROM "main"."castmark_tasks"
        SELECT * FROM main.mold_info
        SELECT * FROM public.mold_info
        SELECT * FROM temp.mold_info
        SELECT * FROM pg_catalog.pg_class
        SELECT * FROM information_schema.tables
        SELECT * FROM "information_schema"."columns"
        SELECT * FROM main.sqlite_master
        SELECT * FROM other.public.mold_info
        SELECT public.mold_info.mold_name FROM mold_info
        INSERT INTO main.castmark_tasks VALUES (2, 'x')
    """,
    "There is no column": """
        INSERT INTO mold_info VALUES ('1', 'x') ON CONFLICT (secret) DO NOTHING
        SELECT secret FROM mold_info
        SELECT "no such text" FROM mold_info
        SELECT rowid FROM mold_info
        SELECT oid FROM mold_info
        SELECT ctid FROM mold_info
        SELECT m.tableoid FROM mold_info m
        SELECT m.row_to_json FROM mold_info m
        SELECT m.pg_column_size FROM mold_info m
        SELECT a.pg_typeof FROM (SELECT 1 AS b) a
        SELECT mold_info FROM mold_info
        SELECT mold_info.hub_id FROM mold_info
        SELECT a FROM (SELECT mold_name FROM mold_info) AS b
        SELECT n FROM mold_info WHERE EXISTS (SELECT 1 AS n)
        INSERT INTO mold_info (hub_id) VALUES ('1')
        SELECT user
    """,
    "is not allowed here; SELECT and INSERT are": """
        CREATE TABLE x (a INT)
        CREATE TABLE x AS SELECT * FROM mold_info
        CREATE TEMP TABLE x (a INT)
        CREATE TEMPORARY TABLE mold_info (a INT)
        CREATE VIEW x AS SELECT * FROM castmark_tasks
        CREATE INDEX x ON mold_info (mold_name)
        CREATE TRIGGER t AFTER INSERT ON mold_info BEGIN SELECT 1 END
        CREATE EXTENSION dblink
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'
        CREATE ROLE intruder SUPERUSER
        ALTER TABLE mold_info ADD COLUMN x TEXT
        ALTER TABLE castmark_tasks RENAME TO x
        DROP VIEW x
        DROP INDEX x
        PRAGMA table_info(castmark_tasks)
        PRAGMA writable_schema = 1
        ATTACH DATABASE 'x.db' AS x
        ATTACH 'x.db' AS x
        DETACH DATABASE main
        VACUUM
        VACUUM INTO 'x.db'
        REINDEX
        ANALYZE
        EXPLAIN SELECT 1
        EXPLAIN QUERY PLAN SELECT 1
        EXPLAIN ANALYZE INSERT INTO mold_info VALUES ('8', 'x')
        BEGIN
        COMMIT
        ROLLBACK
        SAVEPOINT x
        REPLACE INTO mold_info VALUES ('1', 'x')
        COPY mold_info TO STDOUT
        COPY mold_info FROM '/etc/passwd'
        COPY (SELECT * FROM castmark_tasks) TO PROGRAM 'cat'
        DO 'BEGIN PERFORM pg_sleep(9); END'
        SET statement_timeout = 0
        SET ROLE postgres
        RESET ROLE
        SHOW ALL
        LISTEN x
        NOTIFY x
        LOCK TABLE mold_info
        GRANT ALL ON mold_info TO PUBLIC
        REVOKE ALL ON mold_info FROM PUBLIC
        PREPARE x AS SELECT 1
        EXECUTE x
        DECLARE c CURSOR FOR SELECT 1
        FETCH ALL FROM c
        CALL f()
        LOAD 'x'
        MERGE INTO mold_info USING recognition_record ON 1 = 1 WHEN MATCHED THEN DO NOTHING
        TABLE castmark_tasks
        IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z
        SELEC 1
        12
        'SELECT 1'
    """,
    "The function": """
        SELECT load_extension('x')
        SELECT readfile('/etc/passwd')
        SELECT writefile('x', 'y')
        SELECT edit('x')
        SELECT zeroblob(1000000000)
        SELECT randomblob(1000000000)
        SELECT fts3_tokenizer('x')
        SELECT sqlite_compileoption_get(1)
        SELECT pg_sleep(10)
        SELECT "pg_sleep"(10)
        SELECT pg_sleep /* a */ (10)
        SELECT mold_name FROM mold_info WHERE pg_sleep(10) IS NULL
        SELECT mold_name FROM mold_info ORDER BY pg_sleep(10)
        SELECT pg_read_file('/etc/passwd')
        SELECT pg_ls_dir('/')
        SELECT lo_import('/etc/passwd')
        SELECT lo_export(1, 'x')
        SELECT lo_creat(-1)
        SELECT dblink('', 'SELECT 1')
        SELECT dblink_connect('x')
        SELECT set_config('role', 'postgres', false)
        SELECT current_setting('data_directory')
        SELECT pg_advisory_lock(1)
        SELECT pg_advisory_xact_lock(1)
        SELECT pg_terminate_backend(1)
        SELECT pg_notify('x', 'y')
        SELECT nextval('castmark_tasks_id_seq')
        SELECT query_to_xml('SELECT * FROM castmark_tasks', true, true, '')
        SELECT pg_get_viewdef('x')
        SELECT to_regclass('castmark_tasks')
        INSERT INTO mold_info VALUES ('8', pg_read_file('/etc/passwd'))
        INSERT INTO mold_info SELECT lo_creat(-1), 'x'
        WITH pg_sleep(x) AS (SELECT 1) SELECT pg_sleep(10)
        SELECT last_insert_rowid()
        SELECT 1 AS count, count(1), evil(1)
    """,
    "not allowed here": """
        SELECT repeat('x', 1000000000)
        SELECT version()
        WITH version(x) AS (SELECT 1) SELECT version()
        SELECT current_user
        SELECT pg_catalog.pg_sleep(10)
        SELECT "pg_catalog"."pg_sleep"(10)
        SELECT json_extract('{}', '$')
        SELECT 1 WHERE 1 IN castmark_tasks
        SELECT 1 WHERE 1 NOT IN castmark_tasks
        SELECT 1 -> 'a'
        SELECT * INTO x FROM mold_info
        SELECT mold_name INTO TEMP x FROM mold_info
        SELECT * FROM mold_info FOR SHARE
        SELECT * FROM mold_info TABLESAMPLE SYSTEM (1)
        INSERT OR REPLACE INTO mold_info VALUES ('1', 'x')
        INSERT OR ABORT INTO mold_info VALUES ('1', 'x')
        INSERT OR ROLLBACK INTO mold_info VALUES ('1', 'x')
        INSERT INTO mold_info VALUES ('1', 'x') ON CONFLICT (mold_number) WHERE 1 = 1 DO NOTHING
        INSERT INTO mold_info VALUES ('1', 'x') RETURNING mold_number
        INSERT INTO mold_info DEFAULT VALUES
        WITH a AS (INSERT INTO mold_info VALUES ('1', 'x') RETURNING 1) SELECT * FROM a
        SELECT CAST('castmark_tasks' AS regclass)
        SELECT 'castmark_tasks'::regclass
        SELECT CAST('x' AS xml)
        SELECT 'x' COLLATE "evil"
        SELECT mold_name FROM mold_info ORDER BY mold_name COLLATE "zz-x-icu"
        SELECT * FROM generate_series(1, 1000000000)
        SELECT * FROM pragma_table_info('castmark_tasks')
        SELECT * FROM pragma_database_list()
        SELECT * FROM json_each('[1]')
        SELECT * FROM pg_ls_dir('/')
        SELECT * FROM mold_info, LATERAL (SELECT 1) AS a
        SELECT * FROM mold_info GROUP BY ROLLUP (mold_name)
    """,
    "Write into a table by its plain name": """
        INSERT INTO mold_info AS m VALUES ('1', 'x')
    """,
    "more than 100 times": """
        WITH a AS (SELECT 1 AS x), b AS (SELECT 1 AS x FROM a, a AS a2, a AS a3, a AS a4, a AS a5, a AS a6), c AS (SELECT 1 AS x FROM b, b AS b2, b AS b3, b AS b4, b AS b5, b AS b6) SELECT 1 FROM c, c AS c2, c AS c3
    """,
    "comment within": """
        SELECT 1 /* a /* b */
        /* /* */ ' */ DROP VIEW x --'
        SELECT /* /* */ */ 1
    """,
    "is not closed": """
        SELECT 'abc
        SELECT "abc
        SELECT 'it''s
        SELECT E'\\' FROM mold_info --'
        SELECT U&'abc'
        SELECT e'abc'
        SELECT U&"abc" FROM mold_info
    """,
    "has no place": """
        SELECT $1
        SELECT ?
        SELECT :name
        SELECT @name
        SELECT $$abc$$
        SELECT $tag$ DROP VIEW x $tag$
        SELECT 1 \\ 2
        SELECT 1 {# ; DROP VIEW x #}
        SELECT {{ 1 }}
        SELECT #1
        SELECT 1 FROM mold_info！
        SELECT 1abc
        dr\u200bop view x
    """,
}

SQLITE = {
    "not allowed": """
        SELECT 'x'::text -> 'a'
        SELECT mold_name MATCH 'x' FROM mold_info
        SELECT mold_name REGEXP 'x' FROM mold_info
        SELECT soundex('x')
        SELECT sqlite_version()
        SELECT total_changes()
        SELECT * FROM mold_info INDEXED BY x
        SELECT char(65)
        SELECT char(65) 'an alias'
        SELECT any('x')
        SELECT json('[]')
        SELECT * FROM mold_info() AS m
        SELECT 1 WHERE 'a' IN sqlite_master
    """,
    "There is no table": """
        SELECT * FROM [castmark_tasks]
        SELECT * FROM `castmark_tasks`
        SELECT * FROM [sqlite_schema]
        SELECT * FROM dbstat
        SELECT * FROM sqlite_temp_master
        SELECT * FROM sqlite_sequence
        SELECT * FROM pragma_table_list
        SELECT count(*) FROM pragma_module_list
        SELECT * FROM sqlite_stmt
    """,
    "at least one column": """
        SELECT FROM mold_info
    """,
    "INSERT takes": """
        INSERT mold_info
    """,
    "do not match": """
        SELECT (1
        SELECT 1) FROM mold_info
        SELECT trim('x' AS text
        SELECT 1) AS answer, castmark_tasks --
        SELECT ')' FROM (mold_info
    """,
    "cannot be read": """
        SELECT 1 UNION TABLE castmark_tasks
    """,
}

POSTGRESQL = {
    "plain number": """
        SELECT lpad('x', 1000000000)
        SELECT rpad('x', 1001)
        SELECT lpad('x', -1)
        SELECT lpad('x', length(mold_name)) FROM mold_info
        SELECT lpad('x', (SELECT 1000000000))
    """,
    "not allowed": """
        SELECT ROW(1, 2)
        SELECT * FROM unnest('{1}'::int)
        SELECT * FROM ONLY mold_info
        SELECT regexp_replace('x', 'y', 'z')
        SELECT printf('%d', 1)
        SELECT format('%s', 1)
        SELECT inet_server_addr()
        SELECT pg_postmaster_start_time()
        SELECT current_catalog
        SELECT session_user
        SELECT current_schema
        SELECT CAST(1 AS oid)
        SELECT 16384::regclass
        SELECT regclass 'castmark_tasks'
        SELECT generate_series(1, 1000000000)
        SELECT count(*) FROM mold_info GROUP BY CUBE (mold_name)
        SELECT * FROM ROWS FROM (generate_series(1, 2)) AS a
        SELECT * FROM mold_info FETCH FIRST 1 ROWS WITH TIES
        SELECT (m).mold_name FROM mold_info m
    """,
    "There is no table": """
        SELECT 1 UNION TABLE castmark_tasks
        SELECT * FROM (TABLE castmark_tasks) a
        SELECT * FROM "Mold_Info"
        SELECT * FROM pg_proc
        SELECT * FROM pg_largeobject
        SELECT * FROM pg_user
    """,
    "has no place": """
        SELECT (ARRAY[1, 2])[1]
        SELECT 'a' @@ 'b'
        SELECT * FROM mold_info WHERE 1 = ANY (ARRAY[1])
    """,
}
