# SPDX-License-Identifier: Apache-2.0
"""JUnit XML, as CI viewers read it: a suite for each kernel, a case for each result."""

import re
from xml.etree import ElementTree

from . import model
from .judgement import BACKED, BEYOND, NOT_PROVEN

# How each verdict is shown: the element inside the case, none for pass.
ELEMENTS = {"fail": "failure", "error": "error", "inconclusive": "error", "unsupported": "skipped",
            "restricted": "skipped", BEYOND: "skipped"}
# Characters that XML 1.0 cannot hold in any form.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(document):
    """Return the JUnit XML of a traceability document, as UTF-8 bytes."""
    suites = ElementTree.Element("testsuites", name="redproof")
    for kernel in document["kernels"]:
        suites.append(_suite(kernel, document))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n"


def _suite(kernel, document):
    results = [result for result in document["results"] if result["kernel"] == kernel["id"]]
    refuted = {item["id"]: item["why"] for item in model.refuted(document)}
    cases = [_result_case(result, refuted) for result in results]
    cases += [_case(kernel["id"], "run", "error", problem, "") for problem in kernel["problems"]]
    cases += [_case(f"{kernel['id']}.{item}", "any test", NOT_PROVEN, "no result: not proven", "")
              for item in _items_without_result(results, document)]
    suite = ElementTree.Element("testsuite", name=_clean(kernel["id"]), tests=str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    properties = ElementTree.SubElement(suite, "properties")
    for key in ("release", "digest", "package", "version", "accelerator", "launcher"):
        if kernel[key]:
            ElementTree.SubElement(properties, "property", name=key, value=_clean(kernel[key]))
    suite.extend(cases)
    return suite


def _items_without_result(results, document):
    proved = {item for result in results for item in result["items"]}
    return [item["id"] for requirement in document["requirements"] for item in requirement["items"]
            if item["id"] not in proved]


def _result_case(result, refuted):
    findings = ", ".join(f"{finding['id']} is {finding['status']}" for finding in result["probe"])
    message = f"{findings}: {result['reason']}" if result["verdict"] in BACKED else result["reason"]
    class_name = f"{result['kernel']}.{' '.join(result['items'])}"
    output = [f"claim refuted: {item}: {refuted[item]}" for item in result["items"] if item in refuted]
    return _case(class_name, result["test"], result["verdict"], message,
                 "\n".join([*output, f"evidence {result['evidence']}"]))


def _case(class_name, name, verdict, message, output):
    case = ElementTree.Element("testcase", classname=_clean(class_name), name=_clean(name))
    if verdict in ELEMENTS:
        ElementTree.SubElement(case, ELEMENTS[verdict], message=_clean(message), type=verdict)
    if output:
        ElementTree.SubElement(case, "system-out").text = _clean(output)
    return case


def _clean(text):
    return NO_XML.sub("\ufffd", text)
