"""What a statement may be made of: the tables, node classes, function names and types. All else is refused.

Node classes are sqlglot's, by name, each with the arguments that may be set on it.
"""

from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TABLES = MappingProxyType(
    {
        "recognition_record": ("hub_id", "recognition_time", "mold_number"),
        "mold_info": ("mold_number", "mold_name"),
    }
)
"""The tables that the console sees, with their columns."""

NODES = MappingProxyType(
    {
        name: _words(arguments)
        for name, arguments in {
            # queries
            "Select": "expressions distinct from_ joins where group having windows order limit offset with_",
            "Union": "this expression distinct with_ order limit offset",
            "Except": "this expression distinct with_ order limit offset",
            "Intersect": "this expression distinct with_ order limit offset",
            "Subquery": "this alias joins order limit offset",
            "Values": "expressions alias",
            "With": "expressions recursive",
            "CTE": "this alias materialized",
            "TableAlias": "this columns",
            "From": "this",
            "Table": "this alias joins",
            "Join": "this on using side kind method",
            "Where": "this",
            "Having": "this",
            "Group": "expressions",
            "Order": "this expressions",
            "Ordered": "this desc nulls_first",
            "Limit": "expression",
            "Fetch": "direction count limit_options",
            "LimitOptions": "rows",
            "Offset": "expression",
            "Distinct": "expressions on",
            "Window": "this partition_by order spec alias over",
            "WindowSpec": "kind start start_side end end_side exclude",
            "Filter": "this expression",
            # writes
            "Insert": "this expression with_ alternative conflict",
            "OnConflict": "action conflict_keys",
            "Schema": "this expressions",
            "Delete": "this where",
            "Update": "this expressions where",
            # values and operators
            "Star": "",
            "Column": "this table",
            "Identifier": "this quoted",
            "Alias": "this alias",
            "Literal": "this is_string",
            "HexString": "this is_integer",
            "Boolean": "this",
            "Null": "",
            "Var": "this",
            "Paren": "this",
            "Tuple": "expressions",
            "Case": "this ifs default",
            "If": "this true false",
            "Cast": "this to",
            "DataType": "this nested expressions",
            "DataTypeParam": "this",
            "Collate": "this expression",
            "Interval": "this unit",
            "AtTimeZone": "this zone",
            "Between": "this low high",
            "In": "this expressions query",
            "Exists": "this",
            "Any": "this",
            "All": "this",
            "Is": "this expression negate",
            "Not": "this",
            "Neg": "this",
            "BitwiseNot": "this",
            "DPipe": "this expression safe",
            "Div": "this expression typed safe",
        }.items()
    }
    | dict.fromkeys(
        _words("""And Or Add Sub Mul Mod BitwiseAnd BitwiseOr BitwiseLeftShift BitwiseRightShift EQ NEQ GT GTE LT LTE
            NullSafeEQ NullSafeNEQ Like ILike RegexpLike RegexpILike Glob SimilarTo Escape"""),
        _words("this expression negate"),
    )
)

WORDS = MappingProxyType(
    {
        "Join.side": {"", "LEFT", "RIGHT", "FULL"},
        "Join.kind": {"", "INNER", "OUTER", "CROSS"},
        "Join.method": {"", "NATURAL"},
        "Window.over": {"", "OVER"},
        "WindowSpec.kind": {"ROWS", "RANGE", "GROUPS"},
        "Fetch.direction": {"FIRST", "NEXT"},
        "Insert.alternative": {"", "IGNORE"},
        "OnConflict.action": {"DO NOTHING"},
    }
)
"""Where an argument is a word of SQL, the words it may be."""

CALLS = _words("""
    Abs ArrayAgg Avg Ceil Coalesce Concat ConcatWs Count CumeDist CurrentDate CurrentTime CurrentTimestamp Date Datetime
    DenseRank Extract FirstValue Floor Format Greatest GroupConcat Hex Initcap Lag LastValue Lead Least Left Length
    Localtimestamp LogicalAnd LogicalOr Lower Max Min NthValue Ntile Nullif Pad PercentRank Pow Rand Rank Replace
    Reverse Right Round RowNumber Sign SplitPart Sqrt StartsWith Stddev StddevPop StddevSamp StrPosition
    StrToDate StrToTime Substring Sum TimeToStr TimestampTrunc Trim TsOrDsToTimestamp Typeof Unicode UnixToTime Upper
    Variance VariancePop
""")
"""Node classes of function calls; `FUNCTIONS` says which names may lead to them."""

_BOTH = """abs avg coalesce count cume_dist dense_rank first_value floor ceil ceiling lag last_value lead length lower
    ltrim max min nth_value ntile nullif percent_rank rank replace round row_number rtrim substr substring sum trim
    upper sign sqrt random"""
FUNCTIONS = MappingProxyType(
    {
        "sqlite": _words(f"""{_BOTH}
            date datetime time strftime julianday unixepoch group_concat total ifnull iif instr hex
            typeof unicode quote glob like printf format"""),
        "postgresql": _words(f"""{_BOTH}
            age array_agg bool_and bool_or btrim char_length character_length concat concat_ws date_part date_trunc
            every extract greatest initcap least left lpad right rpad mod now position power reverse
            split_part starts_with stddev stddev_pop stddev_samp string_agg strpos
            to_char to_date to_timestamp variance var_pop var_samp"""),
    }
)

TYPES = MappingProxyType(
    {
        "sqlite": _words("INT TEXT DOUBLE DECIMAL BLOB BIGINT VARCHAR CHAR"),
        "postgresql": _words("""
            INT BIGINT SMALLINT TEXT VARCHAR CHAR DECIMAL DOUBLE FLOAT BOOLEAN DATE TIME TIMESTAMP TIMESTAMPTZ INTERVAL
        """),
    }
)

COLLATIONS = MappingProxyType({"sqlite": {"binary", "nocase", "rtrim"}, "postgresql": {"C"}})

_BEFORE = """
    all and as between both by case cast conflict cross distinct else escape except exists filter from glob having ilike
    in inner intersect into is join like limit materialized not offset on or over recursive select set similar
    then to union using values when where with
"""
BEFORE_PARENTHESIS = MappingProxyType(
    {"sqlite": _words(_BEFORE), "postgresql": _words(f"{_BEFORE} any some char decimal numeric varchar")}
)
"""Words that a parenthesis may follow although they are no functions."""
