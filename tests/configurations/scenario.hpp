// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

namespace configurations {

template <class Function>
class counted;
struct does_nothing {
  template <class... Results>
  void operator()(const Results&...) const {}
};

/// What a scenario knows of its handlers by itself: the truth that the recorder is held against.
class tally {
 public:
  /// Wraps a handler: created now, and later run or dropped.
  template <class Function = does_nothing>
  counted<Function> handler(Function function = {}) {
    return counted<Function>(*this, std::move(function));
  }

  /// Operations inside of Asio, Beast and coroutines cannot be wrapped: `n` is what run() says it
  /// ran. Hops count then, as they do for run().
  void ran_by_asio(std::uint64_t n) {
    created += n;
    ran += n;
    with_hops = true;
  }

  /// The same with sockets, where run() also counts the times that a socket became ready for
  /// nothing: what the recorder has begun on this thread, which must be nearly as much.
  void ran_on_this_thread(std::uint64_t n);

  /// Holds the recorder against the truth in the middle of the scenario.
  void check_now(const char* when);

  /// Something else that must hold.
  void expect(bool holds, const char* what) {
    if (!holds) note(what);
  }

  std::atomic<std::uint64_t> created{0};
  std::atomic<std::uint64_t> ran{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::uint64_t> threw{0};
  std::uint64_t tasks = 0;  ///< spawned
  bool with_hops = false;
  unsigned loops_left = 0;  ///< execution contexts that live on
  bool recorded = false;    ///< by the hooks; set by a scenario that uses the executor
  std::string problems;

 private:
  void note(const char* what) { (problems += problems.empty() ? "" : "; ") += what; }
};

template <class Function>
class counted {
 public:
  counted(tally& account, Function function) : account_(&account), function_(std::move(function)) {
    ++account.created;
  }
  counted(counted&& other) noexcept
      : account_(std::exchange(other.account_, nullptr)), function_(std::move(other.function_)) {}
  counted& operator=(counted&&) = delete;
  ~counted() {
    if (account_ != nullptr) ++account_->dropped;
  }

  template <class... Results>
  void operator()(Results&&... results) {
    ++std::exchange(account_, nullptr)->ran;
    function_(std::forward<Results>(results)...);
  }

 private:
  tally* account_;
  Function function_;
};

/// Whether this unit was built with the hooks.
#if defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
inline constexpr bool hooked = true;
#else
inline constexpr bool hooked = false;
#endif

/// A scenario in the list of its program.
struct scenario {
  scenario(const char* name, void (*run)(tally&), bool with_hooks);

  const char* name;
  void (*run)(tally&);
  bool with_hooks;
  scenario* next;
};

/// The tally of the scenario that is run: there from before main until after the last static
/// object.
tally& the_tally();

/// Prints the row of a scenario that ends the process by itself.
int report(const scenario& s, tally& account);

#define CONFIGURATIONS_SCENARIO(name)                                                        \
  static void name(::configurations::tally& t);                                              \
  static ::configurations::scenario name##_scenario{#name, &name, ::configurations::hooked}; \
  static void name([[maybe_unused]] ::configurations::tally& t)

}  // namespace configurations
