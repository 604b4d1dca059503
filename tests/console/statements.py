"""Statements that the console must refuse, with a part of the reason, and statements that it must run.

One statement a line; `⏎` stands for a line break within a statement.
"""

# ruff: noqa: E501  the tables are wider than code

from collections.abc import Iterator

from handlers.console.tokens import Dialect

DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")

_BLACKLISTED = {
    "'drop table'": """
        DROP TABLE castmark_tasks
        drop table mold_info
        dRoP  tAbLe IF EXISTS recognition_record
        DROP/**/TABLE castmark_tasks
        DROP/* a */ /* b */TABLE castmark_tasks
        DROP -- a comment⏎TABLE castmark_tasks
        DROP⏎⏎TABLE castmark_tasks
        /* first */ DROP TABLE castmark_tasks -- last
        ＤＲＯＰ ＴＡＢＬＥ castmark_tasks
        ＤＲＯＰ　ＴＡＢＬＥ castmark_tasks
        ｄｒｏｐ/**/ｔａｂｌｅ castmark_tasks
        SELECT 1; DROP TABLE castmark_tasks
        SELECT 1;;DROP⏎TABLE castmark_tasks;
        SELECT 'a' /* ' */ ; DROP TABLE castmark_tasks -- '
        SELECT "a""b"; DROP TABLE castmark_tasks
        EXPLAIN DROP TABLE castmark_tasks
        /* /* */ DROP TABLE castmark_tasks /* */ */
    """,
    "'truncate'": """
        TRUNCATE castmark_tasks
        TRUNCATE TABLE mold_info
        truncate⏎table castmark_tasks
        ＴＲＵＮＣＡＴＥ mold_info
        SELECT truncate(1)
    """,
    "'delete from'": """
        DELETE FROM castmark_tasks
        DELETE FROM mold_info
        DELETE/**/FROM mold_info WHERE 1=1
        delete --⏎from mold_info
        DELETE⏎FROM⏎mold_info
        WITH gone AS (DELETE FROM mold_info RETURNING mold_number) SELECT * FROM gone
        SELECT * FROM (DELETE FROM mold_info RETURNING 1) gone
        EXPLAIN DELETE FROM mold_info
        EXPLAIN ANALYZE DELETE FROM mold_info
        EXPLAIN QUERY PLAN DELETE FROM mold_info
        WITH a AS (SELECT 1) DELETE FROM mold_info
    """,
    "'update'": """
        UPDATE castmark_tasks SET secret = 'x'
        UPDATE mold_info SET mold_name = 'x'
        UP/**/DATE mold_info SET mold_name = 'x'; UPDATE mold_info SET mold_name = 'x'
        UPDATE OR REPLACE mold_info SET mold_name = 'x'
        UPDATE OR IGNORE mold_info SET mold_name = 'x'
        ｕｐｄａｔｅ mold_info SET mold_name = 'x'
        INSERT INTO mold_info VALUES ('1', 'x') ON CONFLICT (mold_number) DO UPDATE SET mold_name = 'x'
        WITH changed AS (UPDATE mold_info SET mold_name = 'x' RETURNING 1) SELECT * FROM changed
        SELECT * FROM mold_info FOR UPDATE
        SELECT * FROM mold_info FOR NO KEY UPDATE
        EXPLAIN UPDATE mold_info SET mold_name = 'x'
        CREATE TRIGGER t AFTER UPDATE ON mold_info BEGIN SELECT 1; END
        SELECT 1 AS update
    """,
}

_BOTH = {
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
        SELECT printf('%1000000000d', 1)
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
        SELECT format('%s', 1)
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
        INSERT OR IGNORE INTO mold_info VALUES ('1', 'x')
        INSERT INTO mold_info VALUES ('1', 'x') ON CONFLICT DO NOTHING
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

_SQLITE = {
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

_POSTGRESQL = {
    "not allowed": """
        SELECT ROW(1, 2)
        SELECT 'x' ~ 'y'
        SELECT * FROM unnest('{1}'::int)
        SELECT * FROM ONLY mold_info
        SELECT lpad('x', 1000000000)
        SELECT rpad('x', 1000000000)
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

_SQLITE_ACCEPTED = """
    SELECT ifnull(mold_name, 'none') FROM mold_info
    SELECT iif(mold_number = '11', 'first', 'other') FROM mold_info
    SELECT group_concat(mold_name, ', ') FROM mold_info
    SELECT typeof(mold_number), hex(mold_name), unicode(mold_name) FROM mold_info
    SELECT strftime('%Y', recognition_time) AS year, count(*) FROM recognition_record GROUP BY year
    SELECT date(recognition_time), time(recognition_time), datetime(recognition_time, '+1 day') FROM recognition_record
    SELECT julianday('now') > 0
    SELECT [mold_name] FROM [mold_info]
    SELECT `mold_name` FROM MOLD_INFO
    SELECT mold_name FROM mold_info ORDER BY mold_name COLLATE NOCASE
    SELECT mold_name FROM mold_info WHERE mold_name GLOB 'w*'
    SELECT max(1, 2), min(3, 4), total(1)
    SELECT x'4142' AS bytes, 0x1F AS hexadecimal
    SELECT mold_number == '11' FROM mold_info
    SELECT instr(mold_name, 'h'), quote(mold_name) FROM mold_info
    SELECT mold_name FROM mold_info WHERE mold_name IS 'wheel'
    INSERT INTO Mold_Info ("mold_number", [mold_name]) VALUES ('40', 'x')
"""

_POSTGRESQL_ACCEPTED = """
    SELECT string_agg(mold_name, ', ' ORDER BY mold_name) FROM mold_info
    SELECT to_char(recognition_time::timestamp, 'YYYY-MM-DD') FROM recognition_record
    SELECT date_trunc('day', recognition_time::timestamp) AS day, count(*) FROM recognition_record GROUP BY 1 ORDER BY 1
    SELECT extract(year FROM recognition_time::timestamp) FROM recognition_record
    SELECT mold_name FROM mold_info WHERE mold_name ILIKE 'W%'
    SELECT mold_number::text, '1'::int, 1.5::numeric(10, 2) FROM mold_info
    SELECT "mold_name" FROM "mold_info"
    SELECT MOLD_NAME FROM MOLD_INFO
    SELECT DISTINCT ON (mold_number) mold_number, hub_id FROM recognition_record ORDER BY mold_number, hub_id
    SELECT * FROM recognition_record WHERE recognition_time::timestamp > now() - interval '9999 days'
    SELECT concat(mold_number, '-', mold_name), left(mold_name, 2), reverse(mold_name) FROM mold_info
    SELECT split_part('a-b', '-', 2), position('b' IN 'abc'), initcap('abc')
    SELECT greatest(1, 2), least(1, 2), stddev(1), bool_and(true)
    SELECT date '2026-01-01', timestamp '2026-01-01 00:00:00'
    SELECT mold_name FROM mold_info ORDER BY mold_name COLLATE "C"
    SELECT 1 WHERE '11' = ANY (SELECT mold_number FROM mold_info)
    SELECT 9223372036854775807 + 0, 1::bigint, 2::double precision
"""

_BOTH_ACCEPTED = """
    SELECT 1
    select 1;
    SELECT 1 ; -- a comment
    /* a comment */ SELECT 1 /* another; with 'a quote */
    SELECT 'drop table' AS update_text
    SELECT 'drop table; -- ' || 'update' AS "delete from"
    SELECT '漢字', '''', 'a;b'
    SELECT * FROM mold_info
    SELECT mold_name FROM mold_info WHERE mold_number = '11'
    SELECT mold_info.mold_name, m.mold_number FROM mold_info, mold_info AS m
    SELECT m.* FROM mold_info m
    SELECT DISTINCT mold_number FROM recognition_record
    SELECT count(*) FROM recognition_record
    SELECT count(DISTINCT mold_number) AS 模号数 FROM recognition_record
    SELECT mold_number AS 模号, mold_name AS "模具 名称" FROM mold_info ORDER BY 模号
    SELECT mold_number, count(*) AS number FROM recognition_record GROUP BY mold_number HAVING count(*) > 1
    SELECT * FROM recognition_record ORDER BY recognition_time DESC NULLS LAST LIMIT 5 OFFSET 1
    SELECT * FROM recognition_record JOIN mold_info USING (mold_number)
    SELECT * FROM recognition_record NATURAL JOIN mold_info
    SELECT r.hub_id, m.mold_name FROM recognition_record AS r LEFT JOIN mold_info m ON m.mold_number = r.mold_number
    SELECT r.hub_id FROM recognition_record r INNER JOIN mold_info m ON m.mold_number = r.mold_number AND m.mold_name LIKE 'w%'
    SELECT * FROM mold_info CROSS JOIN recognition_record
    SELECT m.mold_name FROM (mold_info m JOIN recognition_record r ON m.mold_number = r.mold_number)
    SELECT mold_name FROM mold_info WHERE mold_number IN ('11', 'A27')
    SELECT mold_name FROM mold_info WHERE mold_number NOT IN (SELECT mold_number FROM recognition_record)
    SELECT mold_name FROM mold_info m WHERE EXISTS (SELECT 1 FROM recognition_record r WHERE r.mold_number = m.mold_number)
    SELECT mold_name FROM mold_info WHERE mold_name LIKE '100!%' ESCAPE '!'
    SELECT mold_name FROM mold_info WHERE mold_name IS NOT NULL AND NOT mold_name = '' OR 1 = 2
    SELECT mold_name FROM mold_info WHERE mold_number BETWEEN '1' AND '5'
    SELECT (SELECT count(*) FROM recognition_record r WHERE r.mold_number = m.mold_number) AS n FROM mold_info m
    SELECT CASE mold_number WHEN '11' THEN 'first' ELSE 'other' END FROM mold_info
    SELECT CASE WHEN mold_number = '11' THEN 1 END AS k FROM mold_info ORDER BY k
    SELECT coalesce(mold_name, '?'), nullif(mold_name, ''), upper(mold_name), lower(mold_name) FROM mold_info
    SELECT length(mold_name), substr(mold_name, 1, 2), trim(mold_name), replace(mold_name, 'a', 'b') FROM mold_info
    SELECT abs(-1), round(1.25, 1), 7 / 2, 7 % 2, 1 + 2 * 3 - 4, -1, 1e3, .5
    SELECT min(hub_id), max(hub_id) FROM recognition_record
    SELECT CAST('1' AS integer), CAST(1 AS text)
    SELECT current_date, current_timestamp
    SELECT NULL, TRUE, FALSE
    SELECT row_number() OVER (ORDER BY recognition_time) AS number, hub_id FROM recognition_record
    SELECT hub_id, rank() OVER (PARTITION BY mold_number ORDER BY recognition_time DESC) FROM recognition_record
    SELECT sum(1) OVER w FROM recognition_record WINDOW w AS (PARTITION BY mold_number ORDER BY hub_id)
    SELECT count(*) OVER (ORDER BY hub_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM recognition_record
    SELECT lag(hub_id) OVER (ORDER BY hub_id), first_value(hub_id) OVER (ORDER BY hub_id) FROM recognition_record
    SELECT count(*) FILTER (WHERE mold_number = '11') FROM recognition_record
    WITH a AS (SELECT mold_number FROM mold_info) SELECT * FROM a
    WITH a(x) AS (SELECT mold_number FROM mold_info), b AS (SELECT x FROM a) SELECT a.x, b.x FROM a, b
    WITH a AS (SELECT 1) SELECT count(*) FROM a
    WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t
    WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT t.n, mold_name FROM t, mold_info
    WITH mold_info AS (SELECT 1 AS a) SELECT a FROM mold_info
    SELECT mold_number FROM mold_info UNION SELECT mold_number FROM recognition_record ORDER BY mold_number
    SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 2
    SELECT mold_number FROM mold_info INTERSECT SELECT mold_number FROM recognition_record LIMIT 1
    SELECT a.n FROM (SELECT count(*) AS n FROM mold_info) AS a
    SELECT * FROM (SELECT mold_name FROM mold_info ORDER BY 1 LIMIT 1) AS a
    VALUES (1, 'a'), (2, 'b')
    SELECT column1 FROM (VALUES (1, 2)) AS v
    SELECT⏎⏎*⏎FROM mold_info -- with a comment⏎WHERE mold_number = '11'
    INSERT INTO mold_info VALUES ('12', 'new')
    INSERT INTO mold_info (mold_number, mold_name) VALUES ('12', 'new'), ('13', NULL);
    INSERT INTO mold_info (mold_number) VALUES ('14')
    INSERT INTO recognition_record VALUES (9, '2026-03-01 10:00:00', '11')
    INSERT INTO recognition_record (hub_id, recognition_time, mold_number) VALUES (9, CURRENT_TIMESTAMP, '11')
    INSERT INTO recognition_record (recognition_time, mold_number) VALUES ('2026-03-01 10:00:00', '11')
    INSERT INTO mold_info SELECT 'x' || mold_number, mold_name FROM mold_info
    WITH a AS (SELECT '15' AS n) INSERT INTO mold_info SELECT n, 'from a' FROM a
    INSERT INTO mold_info VALUES ('16', 'delete from castmark_tasks; drop table mold_info')
"""

_LIFTED = """
    DELETE FROM mold_info WHERE mold_number = '11'
    delete from recognition_record
    DELETE FROM mold_info WHERE mold_number IN (SELECT mold_number FROM recognition_record)
    UPDATE mold_info SET mold_name = 'x'
    UPDATE mold_info SET mold_name = upper(mold_name), mold_number = '1' || mold_number WHERE mold_number = 'A27'
    UPDATE recognition_record SET mold_number = (SELECT min(mold_number) FROM mold_info) WHERE hub_id = 1
"""

_NEVER = {
    "There is no table": """
        DELETE FROM castmark_tasks
        DELETE FROM "castmark_tasks" WHERE 1 = 1
        DELETE FROM mold_info WHERE mold_number IN (SELECT secret FROM castmark_tasks)
        UPDATE castmark_tasks SET secret = 'x'
        UPDATE mold_info SET mold_name = (SELECT secret FROM castmark_tasks)
        UPDATE pg_class SET relname = 'x'
        DELETE FROM sqlite_master
        UPDATE sqlite_schema SET sql = 'x'
    """,
    "not allowed": """
        DELETE FROM main.mold_info
        DELETE FROM public.mold_info
        DELETE FROM mold_info RETURNING mold_name
        DELETE FROM mold_info USING castmark_tasks
        DELETE FROM mold_info USING recognition_record WHERE 1 = 1
        UPDATE mold_info SET mold_name = 'x' FROM castmark_tasks
        UPDATE mold_info SET mold_name = 'x' FROM recognition_record
        UPDATE mold_info SET mold_name = 'x' RETURNING mold_name
        WITH a AS (SELECT 1) DELETE FROM mold_info
        WITH gone AS (DELETE FROM mold_info) SELECT 1
        WITH a AS (UPDATE mold_info SET mold_name = 'x') SELECT 1
        UPDATE mold_info SET mold_name = pg_read_file('/etc/passwd')
        UPDATE mold_info SET mold_name = load_extension('x')
        INSERT INTO mold_info VALUES ('1', 'x') ON CONFLICT (mold_number) DO UPDATE SET mold_name = 'x'
        DROP TABLE castmark_tasks
        DROP TABLE mold_info
        TRUNCATE mold_info
        EXPLAIN DELETE FROM mold_info
        SELECT * FROM mold_info FOR UPDATE
    """,
    "plain": """
        DELETE FROM mold_info AS m
        UPDATE mold_info AS m SET mold_name = 'x'
        UPDATE mold_info SET (mold_number, mold_name) = ('1', '2')
    """,
    "There is no column": """
        UPDATE mold_info SET secret = 'x'
        DELETE FROM mold_info WHERE rowid = 1
    """,
    "cannot be read": """
        UPDATE OR REPLACE mold_info SET mold_name = 'x'
        UPDATE OR IGNORE mold_info SET mold_name = 'x'
    """,
    "one statement": """
        DELETE FROM mold_info; DELETE FROM castmark_tasks
        UPDATE mold_info SET mold_name = 'x'; SELECT 1
    """,
}
"""Refused even when the blacklist is empty."""


def lines(block: str) -> list[str]:
    return [line.strip().replace("⏎", "\n") for line in block.splitlines() if line.strip()]


def _rows(groups: dict[str, str]) -> Iterator[tuple[str, str]]:
    for reason, block in groups.items():
        for statement in lines(block):
            yield statement, reason


BLACKLISTED = list(_rows(_BLACKLISTED))
NEVER = list(_rows(_NEVER))
REFUSED: dict[Dialect, list[tuple[str, str]]] = {
    "sqlite": [*_rows(_BOTH), *_rows(_SQLITE)],
    "postgresql": [*_rows(_BOTH), *_rows(_POSTGRESQL)],
}
"""What the allow-list refuses, whatever the blacklist says."""
ACCEPTED: dict[Dialect, list[str]] = {
    "sqlite": lines(_BOTH_ACCEPTED) + lines(_SQLITE_ACCEPTED),
    "postgresql": lines(_BOTH_ACCEPTED) + lines(_POSTGRESQL_ACCEPTED),
}
LIFTED = lines(_LIFTED)
"""Accepted once their phrases are off the blacklist."""
ENDLESS: dict[Dialect, list[str]] = {
    "sqlite": lines("""
        WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t
        WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT n + 1 FROM t) SELECT max(n) FROM t
        WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t ORDER BY n DESC
        WITH RECURSIVE t(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM t) SELECT count(*) FROM t
        WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t), u AS (SELECT n FROM t) SELECT sum(n) FROM u
        WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT a.n FROM t AS a, t AS b WHERE a.n < 0
    """),
    "postgresql": lines("""
        WITH RECURSIVE t(n) AS (SELECT 1::bigint UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t
        WITH RECURSIVE t(n) AS (SELECT 1::bigint UNION SELECT n + 1 FROM t) SELECT max(n) FROM t
        WITH RECURSIVE t(n) AS (SELECT 1::bigint UNION ALL SELECT n + 1 FROM t) SELECT n FROM t ORDER BY n DESC
        WITH RECURSIVE t(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM t) SELECT count(*) FROM t
        WITH RECURSIVE t(n) AS (SELECT 1::bigint UNION ALL SELECT n + 1 FROM t) SELECT a.n FROM t AS a, t AS b WHERE a.n < 0
    """),
}
"""Accepted as text, since nothing in it is forbidden; only the engine can stop it."""
