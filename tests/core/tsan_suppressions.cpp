// SPDX-License-Identifier: BSL-1.0

/// The last owner of a type-erased executor is told by an atomic_thread_fence of Asio's, which
/// ThreadSanitizer does not understand: it takes the end of the executor for a race.
extern "C" const char* __tsan_default_suppressions();   // NOLINT(*-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(*-reserved-identifier)
  return "race:boost::asio::execution::detail::shared_target_executor::impl<*>::~impl\n";
}
