// SPDX-License-Identifier: BSL-1.0
#include "demangled.hpp"
#include "exception_in_flight.hpp"

#include "asioscope/instrumentation/detail/exception_filter.hpp"
#include "asioscope/instrumentation/detail/task_failure.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cxxabi.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

namespace asioscope::detail {

namespace {

constexpr std::size_t longest_text = 512;

/// The exception that was looked at last on this thread. Its text is copied: it may be gone.
struct seen_exception {
  const std::type_info* type;  // null: none
  const void* object;          // null: of another language, or the end of a cancelled thread
  bool cancels_thread;
  std::size_t length;
  std::array<char, longest_text> text;
};
constinit thread_local seen_exception seen{};

/// The exception that was reported last on this thread, during the run with this number.
struct known_exception {
  const void* object;
  std::uint64_t run;
  bool was_thrown;  // before, by a throw: a new throw at the same address can be told from it
};
constinit thread_local known_exception known{};

/// The coroutines that an exception has left, innermost first.
struct passage {
  recorder::task_id task;
  const void* object;
  const recorder::await_link* next;
  std::size_t count;
  std::array<recorder::passed_place, recorder::most_passed_places> places;
};
constinit thread_local passage passed{};

/// What the latest tasks failed with. With an executor only, this is how their completion handlers
/// are known to throw the same exception again, perhaps on another thread.
struct failed_task {
  std::atomic<recorder::task_id> task{0};
  std::atomic<const void*> object{nullptr};
};
constinit std::array<failed_task, 64> failed_tasks{};
constinit std::atomic<unsigned> next_failed_task{0};

/// The runtime notes in the header before the object where it will be caught, when it has found
/// out. A throw that is new has not; an exception that was never thrown itself, only by way of an
/// exception_ptr, never has.
bool was_thrown(const std::type_info& type, const void* object) noexcept {
  if (object == nullptr || type.__is_pointer_p()) return false;  // then it is what it points to
  return (static_cast<const _Unwind_Exception*>(object) - 1)->private_2 != 0;
}

bool is_standard(const std::type_info& type, void*& object) noexcept {
  return object != nullptr && typeid(std::exception).__do_catch(&type, &object, 1);
}

/// A longer text is cut.
std::string_view limited(const char* text) noexcept {
  return text == nullptr ? std::string_view()
                         : std::string_view(text, ::strnlen(text, longest_text));
}

std::string_view what_of(const std::type_info& type, void* object) noexcept {
  return is_standard(type, object) ? limited(static_cast<const std::exception*>(object)->what())
                                   : std::string_view();
}

void remember(const std::type_info* type, const void* object, std::uint64_t run) noexcept {
  known = {object, run, type != nullptr && was_thrown(*type, object)};
}

bool is_known(const void* object, recorder::task_id task, std::uint64_t run) noexcept {
  if (object == nullptr) return false;
  if (known.object == object && known.run == run) return true;
  if (task == 0) return false;
  return std::any_of(failed_tasks.begin(), failed_tasks.end(), [&](const failed_task& each) {
    return each.task.load(std::memory_order_acquire) == task &&
           each.object.load(std::memory_order_relaxed) == object;
  });
}

/// The exception_ptr's address of the object that is thrown.
const void* object_of(const std::exception_ptr& exception) noexcept {
  static_assert(sizeof exception == sizeof(void*));
  const void* object = nullptr;
  // NOLINTNEXTLINE(bugprone-undefined-memory-manipulation): it is only read
  std::memcpy(&object, &exception, sizeof object);
  return object;
}

/// As look_at() is told of it: of a pointer, what it points to.
const void* object_seen(const std::type_info* type, const void* object) noexcept {
  if (object != nullptr && type != nullptr && type->__is_pointer_p())
    std::memcpy(&object, object, sizeof object);
  return object;
}

/// Whether the exception being handled was thrown here, not by way of an exception_ptr, as Asio
/// does from one coroutine to the next. The header of what is handled stands before the object that
/// is thrown, unless it is one made to throw another's object again.
bool is_thrown_here(const void* object) noexcept {
  constexpr std::uintptr_t longest_header = 16 * sizeof(void*);
  const void* const handled = *reinterpret_cast<const void* const*>(abi::__cxa_get_globals());
  return reinterpret_cast<std::uintptr_t>(object) - reinterpret_cast<std::uintptr_t>(handled) <
         longest_header;
}

std::uint64_t run_of(const recorder::thread_state& thread) noexcept {
  return thread.run.sequence.load(std::memory_order_relaxed);
}

}  // namespace

void look_at(const std::type_info& thrown, void* object) noexcept {
  // An address may be that of another exception than before.
  if (known.object == object && known.was_thrown && !was_thrown(thrown, object)) known = {};
  seen.type = &thrown;
  seen.object = object;
  seen.cancels_thread = thrown == typeid(abi::__forced_unwind);
  const std::string_view what = what_of(thrown, object);
  seen.length = what.copy(seen.text.data(), seen.text.size());
}

namespace {

bool leaves_run(recorder::thread_state& thread, recorder::task_id task, const std::type_info* type,
                const void* object, std::string_view what) noexcept {
  const bool reported = is_known(object, task, run_of(thread));
  remember(type, object, run_of(thread));  // it may go on through an outer run
  if (reported) return false;
  try {
    recorder::note_failure(thread,
                           type == nullptr ? "exception left the handler" : demangled(type->name()),
                           std::string(what));
  } catch (...) {  // no memory for the text: it is counted all the same
  }
  return true;
}

}  // namespace

bool exception_leaves_run(recorder::thread_state& thread, unsigned long long task) noexcept {
  const std::type_info* const type = std::exchange(seen.type, nullptr);
  if (type == nullptr) return leaves_run(thread, task, nullptr, nullptr, {});
  if (seen.cancels_thread) return false;
  return leaves_run(thread, task, type, seen.object, {seen.text.data(), seen.length});
}

bool exception_leaves_run(recorder::thread_state& thread,
                          const std::exception_ptr& exception) noexcept {
  const std::type_info* const type = exception ? exception.__cxa_exception_type() : nullptr;
  const void* const object = object_seen(type, object_of(exception));
  return leaves_run(
      thread, 0, type, object,
      type == nullptr ? std::string_view() : what_of(*type, const_cast<void*>(object)));
}

const void* current_exception_object() noexcept {
  return object_seen(abi::__cxa_current_exception_type(), object_of(std::current_exception()));
}

bool current_exception_is_cancellation() noexcept {
  try {
    throw;
  } catch (const boost::system::system_error& e) {
    return e.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

void exception_leaves_coroutine(recorder::task_id task,
                                const recorder::await_link& coroutine) noexcept {
  const void* const object = current_exception_object();
  if (passed.task != task || passed.object != object || passed.next != &coroutine ||
      is_thrown_here(object_of(std::current_exception()))) {
    passed.task = task;
    passed.object = object;
    passed.count = 0;
  }
  passed.next = coroutine.caller;
  if (passed.count < passed.places.size())
    passed.places[passed.count++] = {coroutine.code, coroutine.function,
                                     coroutine.where.load(std::memory_order_relaxed)};
}

void exception_leaves_task(recorder::task_id task, recorder::loop_id loop) noexcept {
  recorder::thread_state& thread = recorder::this_thread();
  const std::type_info* const type = abi::__cxa_current_exception_type();
  const void* const object = current_exception_object();
  if (task != 0) {
    failed_task& place = failed_tasks[next_failed_task.fetch_add(1, std::memory_order_relaxed) %
                                      failed_tasks.size()];
    place.task.store(0, std::memory_order_relaxed);
    place.object.store(object, std::memory_order_relaxed);
    place.task.store(task, std::memory_order_release);
  }
  remember(type, object, run_of(thread));
  try {
    std::string text(type == nullptr ? std::string_view()
                                     : what_of(*type, const_cast<void*>(object)));
    std::vector<recorder::passed_place> places;
    if (passed.task == task && passed.object == object)
      places.assign(passed.places.begin(),
                    passed.places.begin() + static_cast<std::ptrdiff_t>(passed.count));
    recorder::note_failure(thread, type == nullptr ? "unknown exception" : demangled(type->name()),
                           std::move(text), loop, task, std::move(places));
  } catch (...) {  // no memory for the text: it is counted all the same
  }
}

bool current_exception_was_thrown() noexcept {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  return type != nullptr && was_thrown(*type, current_exception_object());
}

void expect_known_exception(const void* object, bool was_thrown) noexcept {
  known = {object, run_of(recorder::this_thread()), was_thrown};
}

}  // namespace asioscope::detail
