"""What a deployment may choose: memory, a network and a name and a key of its own, and how new code comes to callers."""

from tests.infra.conftest import ROOT, Check
from tests.infra.resolving import Stack
from tests.infra.test_template import functions_of


def test_small_functions_have_the_memory_that_is_chosen_and_readme_says_what_snapshots_of_all_cost(
    check: Check,
) -> None:
    readme = (ROOT / "infra" / "README.md").read_text("utf-8")
    for chosen, sentence in (("256", "with them 69 instead of 82"), ("512", "| 82 | 82 |"), ("1024", "with them 107")):
        sizes = {
            name: int(each["MemorySize"])
            for name, each in functions_of(Stack(check("transform"), SmallMemory=chosen)).items()
        }
        assert (sizes["Test"], sizes["Ishttps"], sizes["Status"]) == (256, 256, int(chosen))
        # Lambda's price of a GB-second that is kept, for a month of 730 hours.
        dollars = sum(sizes.values()) / 1024 * 0.0000015046 * 730 * 3600
        assert f"{dollars:.0f}" in sentence and sentence in readme
