"""CloudFormation's functions, as far as the template uses them: what a value comes to with these parameters."""

import re
from typing import Any


class Stack:
    """A transformed template with its parameters. Resources are named by their logical ids, attributes as `Id.Name`."""

    def __init__(self, template: dict[str, Any], **parameters: str) -> None:
        defaults = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
        self.template = template
        self.resources: dict[str, Any] = template["Resources"]
        self._given = {name: str(value) for name, value in {**defaults, **parameters}.items()}

    def of_type(self, kind: str) -> dict[str, Any]:
        """The properties of all resources of a type, by their logical ids."""
        return {
            name: self.resolve(each.get("Properties", {}))
            for name, each in self.resources.items()
            if each["Type"] == kind
        }

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [found for each in value if (found := self.resolve(each)) is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, of)] = value.items()
            known = getattr(self, "_" + name.removeprefix("Fn::").lower(), None)
            if known and (name in ("Ref", "Condition") or name.startswith("Fn::")):
                return known(of)
        return {name: found for name, each in value.items() if (found := self.resolve(each)) is not None}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return None
        if name not in self._given:
            return name
        of_list = self.template["Parameters"][name]["Type"] == "CommaDelimitedList"
        return self._given[name].split(",") if of_list else self._given[name]

    def _getatt(self, of: list[str]) -> str:
        return ".".join(of)

    def _sub(self, of: Any) -> str:
        text, more = (of[0], self.resolve(of[1])) if isinstance(of, list) else (of, {})
        return re.sub(
            r"\$\{([^}]+)\}", lambda found: str(more[found[1]] if found[1] in more else self._ref(found[1])), text
        )

    def _join(self, of: list[Any]) -> str:
        return str(of[0]).join(self.resolve(of[1]))

    def _split(self, of: list[Any]) -> list[str]:
        return str(self.resolve(of[1])).split(of[0])

    def _if(self, of: list[Any]) -> Any:
        holds = self._condition(of[0])
        return self.resolve(of[1] if holds else of[2])

    def _condition(self, name: str) -> bool:
        return bool(self.resolve(self.template["Conditions"][name]))

    def _equals(self, of: list[Any]) -> bool:
        left, right = self.resolve(of)
        return bool(left == right)

    def _not(self, of: list[Any]) -> bool:
        return not self.resolve(of)[0]
