// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>

/// `try { … } catch (leaving_exception&) {}` looks at an exception that leaves the block and lets
/// it go on.
///
/// Before an exception unwinds anything, the C++ runtime asks the type of every catch clause on its
/// way whether it matches. The type_info of leaving_exception is an object of ours: it looks at the
/// exception and says no. So nothing is caught, nothing is unwound early (an exception that nobody
/// catches still terminates with the stack of the throw), and nothing is done when nothing is
/// thrown. A catch-all that throws again could do none of this.
///
/// That the question goes to a virtual function of type_info is libstdc++'s. Elsewhere, and without
/// RTTI, the clauses are not there and an exception is noticed without its type and text.
#if defined(__GLIBCXX__) && defined(__cpp_exceptions) && defined(__GXX_RTTI) && \
    !defined(__ARM_EABI_UNWINDER__)
#define ASIOSCOPE_LOOK_AT_EXCEPTIONS 1
#define ASIOSCOPE_TRY try {
#define ASIOSCOPE_LET_GO                            \
  }                                                 \
  catch (::asioscope::detail::leaving_exception&) { \
  }
#else
#define ASIOSCOPE_TRY
#define ASIOSCOPE_LET_GO
#endif

namespace asioscope::recorder {
struct thread_state;
}

namespace asioscope::detail {

/// Never thrown, never defined: the destructor is what keeps compilers from making a type_info.
struct __attribute__((visibility("default"))) leaving_exception {
  virtual ~leaving_exception();
};

/// While an exception unwinds the stack through the end of the run going on: leaves a note with its
/// type and what(), and tells whether it is to be counted here. Not when it is known already: what
/// an exception leaves first, the innermost run or a task, is where it is reported and counted.
/// `task`: for whom the run was queued, as far as that is known; 0: nobody.
[[nodiscard]] bool exception_leaves_run(recorder::thread_state& thread,
                                        unsigned long long task = 0) noexcept;

/// The same for one that will leave it as soon as it has ended.
[[nodiscard]] bool exception_leaves_run(recorder::thread_state& thread,
                                        const std::exception_ptr& exception) noexcept;

}  // namespace asioscope::detail
