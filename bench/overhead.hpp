// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "report.hpp"

#include <iosfwd>
#include <string>

namespace bench {

/// The page docs/overhead.md: the figures of a run beside what they should be.
void write_overhead(const results& all, std::ostream& out);

/// The sentence that says most, which the README repeats.
std::string headline(const results& all);

}  // namespace bench
