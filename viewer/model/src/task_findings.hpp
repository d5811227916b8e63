// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/findings.hpp"

#include <vector>

namespace asioscope::model {

/// Tasks of a name that never end and become more: each has done nothing since it began, and does
/// not wait for a peer, as a connection does.
void find_leaked_tasks(const program& program, std::vector<finding>& result);

/// Tasks that live for far longer than others of their name did.
void find_overdue_tasks(const program& program, std::vector<finding>& result);

}  // namespace asioscope::model
