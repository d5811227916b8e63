// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace asioscope::test_kit::detail {

using stack = std::vector<void*>;

/// To be called before the first `stack_of`.
void be_ready_for_stacks();

/// Where the thread is now, innermost first, as it says itself in answer to a signal. Empty: it
/// does not answer.
stack stack_of(pthread_t thread, pid_t id);

/// A line for each function, with file and line where they are known.
std::string to_text(const stack& frames);

}  // namespace asioscope::test_kit::detail
