"""Resources and data sources are given what the provider takes, and are asked for what it gives."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from scripts.terraform_check import schema
from scripts.terraform_check.bindings import Bindings
from scripts.terraform_check.blocks import Folder
from scripts.terraform_check.wheel import NotFetched, wheel_of

LAMP = '''
class LampShade:
    def __init__(self, *, colour: str) -> None:
        """
        :param colour: Docs at {@link https://x/lamp#colour Lamp#colour}.
        """

class LampBulb:
    def __init__(self, *, watts: str, from_: str = None) -> None:
        """
        :param watts: Docs at {@link https://x/lamp#watts Lamp#watts}.
        :param from_: Docs at {@link https://x/lamp#from Lamp#from}.
        """

class Lamp(_cdktf.TerraformResource):
    def __init__(
        self,
        scope: str,
        id_: str,
        *,
        name: str,
        bulb: typing.Union[_cdktf.IResolvable, typing.Sequence[typing.Union["LampBulb", typing.Dict]]],
        shade: typing.Optional[typing.Union["LampShade", typing.Dict]] = None,
        address_line1: typing.Optional[str] = None,
        count: typing.Optional[int] = None,
        provisioners: typing.Optional[int] = None,
    ) -> None:
        """
        :param name: Docs at {@link https://x/lamp#name Lamp#name}.
        :param bulb: bulb block. Docs at {@link https://x/lamp#bulb Lamp#bulb}
        :param shade: shade block. Docs at {@link https://x/lamp#shade Lamp#shade}
        :param address_line1: Docs at {@link https://x/lamp#address_line_1 Lamp#address_line_1}.
        :param count:
        :param provisioners:
        """

    @builtins.property
    def arn(self) -> str: ...

    @builtins.property
    def name(self) -> str: ...

    @builtins.property
    def name_input(self) -> str: ...

    @builtins.property
    def sum_crc32_c(self) -> str: ...

    @builtins.property
    def line2(self) -> str: ...

    def put_bulb(self) -> None: ...
'''
"""A resource in the shape of the bindings, of which one part may be given often and one only once."""

DATA_LAMP = LAMP.replace("Lamp", "DataAwsLamp").replace("TerraformResource", "TerraformDataSource")


@pytest.fixture
def bindings(tmp_path: Path) -> Bindings:
    """Bindings of a provider that has the resource `aws_lamp`, and a data source of the name."""
    with zipfile.ZipFile(tmp_path / "bindings.whl", "w") as wheel:
        wheel.writestr("cdktf_cdktf_provider_aws/lamp/__init__.py", LAMP)
        wheel.writestr("cdktf_cdktf_provider_aws/data_aws_lamp/__init__.py", DATA_LAMP)
        wheel.writestr("cdktf_cdktf_provider_aws/s3_control_lamp/__init__.py", LAMP)
    return Bindings(tmp_path / "bindings.whl")


def found(bindings: Bindings, text: str) -> list[str]:
    """What is found in a folder with one file of that text."""
    return [str(one) for one in schema.findings(Folder(Path("f"), {"0.tf": text}), bindings)]


RIGHT = """resource "aws_lamp" "a" {
  count          = 2
  name           = "a"
  address_line_1 = "x"

  bulb {
    watts = 1
    from  = "here"
  }

  bulb {
    watts = 2
  }

  shade {
    colour = "red"
  }

  lifecycle {
    ignore_changes = [name]
  }
}
"""


@pytest.mark.parametrize("kind", ['resource "aws_lamp"', 'data "aws_lamp"', 'resource "aws_s3control_lamp"'])
def test_what_the_provider_takes_is_right(bindings: Bindings, kind: str) -> None:
    """Arguments in Terraform's spelling, blocks as often as is allowed, and what Terraform itself takes."""
    assert found(bindings, RIGHT.replace('resource "aws_lamp"', kind)) == []


@pytest.mark.parametrize(
    ("wrong", "instead_of", "finding"),
    [
        ("colr = 1", "colour = ", "f/0.tf:16: aws_lamp.a.shade: the provider has no argument 'colr'"),
        ("nome = 1", "address_line_1", "f/0.tf:4: aws_lamp.a: the provider has no argument 'nome'"),
        ("provisioners = 1", "address", "f/0.tf:4: aws_lamp.a: the provider has no argument 'provisioners'"),
        ("lamp {}", "address_line_1", "f/0.tf:4: aws_lamp.a: the provider has no block 'lamp'"),
        ("shade = {}", "address", "f/0.tf:4: aws_lamp.a: 'shade' is a block; leave out the equals sign"),
        ("name {}", "address", "f/0.tf:4: aws_lamp.a: 'name' is an argument; give it with an equals sign"),
        ("", "name ", "f/0.tf:1: aws_lamp.a: the required argument 'name' is missing"),
        ("", "watts = 2", "f/0.tf:11: aws_lamp.a.bulb: the required argument 'watts' is missing"),
    ],
)
def test_what_the_provider_does_not_take_is_found(
    bindings: Bindings, wrong: str, instead_of: str, finding: str
) -> None:
    """Each with the line of the argument, or of the block that lacks one."""
    lines = [wrong if instead_of in line else line for line in RIGHT.splitlines()]
    assert finding in found(bindings, "\n".join(lines) + "\n")


def test_a_block_that_may_be_given_once_is_given_once(bindings: Bindings) -> None:
    """The bindings have it outside of a sequence."""
    text = RIGHT.replace("  shade {", '  shade {\n    colour = "blue"\n  }\n\n  shade {')
    assert found(bindings, text) == [
        "f/0.tf:1: aws_lamp.a: the block 'shade' is given 2 times, one is allowed"
    ]


def test_a_dynamic_block_is_checked_by_its_content(bindings: Bindings) -> None:
    """It stands for the block that it makes, which is not missing then."""
    text = """resource "aws_lamp" "a" {
  name = "a"
  dynamic "bulb" {
    for_each = [1]
    content {
      volts = bulb.value
    }
  }
}
"""
    assert found(bindings, text) == [
        "f/0.tf:6: aws_lamp.a.bulb: the provider has no argument 'volts'",
        "f/0.tf:5: aws_lamp.a.bulb: the required argument 'watts' is missing",
    ]


def test_a_type_that_the_provider_lacks_is_found(bindings: Bindings) -> None:
    """Resources of other providers are not for these bindings."""
    text = 'resource "aws_chair" "a" {}\ndata "aws_table" "b" {}\nresource "random_id" "c" {}\n'
    assert found(bindings, text) == [
        "f/0.tf:1: aws_chair.a: the provider has no resource of the type aws_chair",
        "f/0.tf:2: aws_table.b: the provider has no data of the type aws_table",
    ]


@pytest.mark.parametrize("attribute", ["arn", "id", "name", "sum_crc32c", "line_2"])
def test_an_attribute_that_is_there_can_be_read(bindings: Bindings, attribute: str) -> None:
    """Of a resource and of a data source, whatever follows it; digits are spelled in Terraform's way."""
    text = f"locals {{\n  x = [aws_lamp.a[0].{attribute}, data.aws_lamp.b.{attribute}[0].z]\n}}\n"
    assert found(bindings, text) == []


@pytest.mark.parametrize("attribute", ["url", "name_input", "put_bulb"])
def test_an_attribute_that_is_not_there_is_found(bindings: Bindings, attribute: str) -> None:
    """What the bindings have for themselves is none either."""
    assert found(bindings, f'locals {{\n  x = "${{aws_lamp.a[*].{attribute}}}"\n}}\n') == [
        f"f/0.tf:2: aws_lamp.a.{attribute}: aws_lamp has no attribute {attribute!r}"
    ]


def test_a_wheel_that_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is the locked one: its sum tells, not its name."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wheel, lock = tmp_path / "any.whl", tmp_path / "x.lock"
    wheel.write_bytes(b"content")
    lock.write_text(f"a==1 --hash=sha256:{'0' * 64} --hash=sha256:{hashlib.sha256(b'content').hexdigest()}\n")

    assert wheel_of(lock, tmp_path) == wheel


def test_a_wheel_that_cannot_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what pip says, and what to do."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    lock = tmp_path / "x.lock"
    lock.write_text(f"no-such-wheel==1 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(NotFetched, match=r"^x\.lock: .*no-such-wheel==1; let PIP_INDEX_URL name an index"):
        wheel_of(lock, tmp_path / "wheels")
