# SPDX-License-Identifier: BSL-1.0
"""Runs NAME_test.py and, when GTEST_OUTPUT asks for it as of a GoogleTest program, counts its tests there.

usage: run.py NAME
"""
import os
import sys
import unittest
import xml.etree.ElementTree as xml


def main():
    name = sys.argv[1]
    tests = unittest.defaultTestLoader.loadTestsFromName(f"{name}_test")
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    wanted = os.environ.get("GTEST_OUTPUT", "")
    if wanted.startswith("xml:") and wanted.endswith("/"):
        folder = wanted.removeprefix("xml:")
        os.makedirs(folder, exist_ok=True)
        # A test with several failed sub-tests is one failed test.
        failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
        counts = xml.Element("testsuites", tests=str(result.testsRun), failures=str(len(failed)), disabled="0")
        xml.ElementTree(counts).write(f"{folder}/end_to_end_{name}.xml")
    return 0 if result.wasSuccessful() and result.testsRun else 1


sys.exit(main())
