"""Statements that the console must refuse, with a part of the reason, and statements that it must run.

One statement a line; `⏎` stands for a line break within a statement.
"""

# ruff: noqa: E501  the tables are wider than code

from collections.abc import Iterator

from handlers.console.policy.pieces import Dialect
from tests.console.statements_refused import BOTH, POSTGRESQL, SQLITE

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
    INSERT OR IGNORE INTO mold_info VALUES ('11', 'x'), ('41', 'x')
    SELECT printf('%05d', hub_id), format('%s-%s', hub_id, mold_number) FROM recognition_record
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
    SELECT lpad(mold_number, 5, '0'), rpad(mold_number, 5) FROM mold_info
    SELECT age(recognition_time::timestamp), age(now(), recognition_time::timestamptz) FROM recognition_record
    SELECT mold_number ~ '^A', mold_number ~* '^a', mold_number !~ '^A', mold_number !~* '^a' FROM mold_info
    SELECT * FROM mold_info FETCH FIRST 1 ROWS ONLY
    SELECT * FROM mold_info ORDER BY mold_number OFFSET 1 ROWS FETCH NEXT ROW ONLY
    SELECT localtimestamp > recognition_time::timestamp FROM recognition_record
    SELECT array_agg(mold_number ORDER BY mold_number), array_agg(DISTINCT mold_number) FROM recognition_record
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
    SELECT random() IS NOT NULL FROM mold_info ORDER BY random()
    INSERT INTO mold_info VALUES ('43', 'x') ON CONFLICT DO NOTHING
    INSERT INTO mold_info VALUES ('11', 'x'), ('42', 'x') ON CONFLICT (mold_number) DO NOTHING
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
    "sqlite": [*_rows(BOTH), *_rows(SQLITE)],
    "postgresql": [*_rows(BOTH), *_rows(POSTGRESQL)],
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
