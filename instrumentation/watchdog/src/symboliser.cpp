// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/symboliser.hpp"

#include "debug_info.hpp"

#include "asioscope/watchdog/code_name.hpp"
#include "asioscope/watchdog/readable_name.hpp"

#include <pthread.h>
#include <sys/auxv.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace asioscope::watchdog {
namespace {

/// Stalls repeat at the same places; what is rare is looked up again.
constexpr std::size_t cached_addresses = 4096;

bool is_internal_module(std::string_view module) {
  static constexpr std::array<std::string_view, 8> runtime{
      "libc.so",       "libstdc++.so", "libgcc_s.so", "libm.so",
      "libpthread.so", "libc++",       "ld-linux",    "[vdso"};
  return std::any_of(runtime.begin(), runtime.end(),
                     [&](auto name) { return module.starts_with(name); });
}

/// Whether this is where a thread entered the loop. What called it is not part of any run.
bool is_loop_entry(std::string_view function) {
  static constexpr std::array<std::string_view, 4> owners{
      "boost::asio::io_context::", "boost::asio::detail::scheduler::", "boost::asio::thread_pool::",
      "boost::asio::detail::thread_pool::"};
  return std::any_of(owners.begin(), owners.end(), [&](auto owner) {
    if (!function.starts_with(owner)) return false;
    const auto member = function.substr(owner.size());
    return member.starts_with("run") || member.starts_with("poll") ||
           member.starts_with("do_run") || member.starts_with("do_poll") ||
           member.starts_with("do_wait") || member.starts_with("wait") ||
           member.starts_with("join") || member.starts_with("thread_function");
  });
}

void cut_below_loop(std::vector<schema::stack_frame>& stack) {
  const auto outermost = std::find_if(stack.rbegin(), stack.rend(), [](const auto& frame) {
    return is_loop_entry(frame.function);
  });
  if (outermost != stack.rend()) stack.erase(outermost.base(), stack.end());
}

}  // namespace

struct symboliser::state {
  std::mutex mutex;
  std::unique_ptr<debug_info> info;  // lazily: a program that never stalls never pays
  /// By the address looked up, which for a return address is one less.
  std::unordered_map<std::uintptr_t, std::vector<schema::stack_frame>> cache;

  debug_info& symbols() {
    if (!info) info = std::make_unique<debug_info>();
    return *info;
  }

  std::vector<schema::stack_frame> frames_at(std::uintptr_t address,
                                             std::vector<code_place> places) {
    const auto module = symbols().module(address);
    const bool internal_module = is_internal_module(module);
    std::vector<schema::stack_frame> frames;
    for (auto& place : places) {
      schema::stack_frame frame;
      frame.address = address;
      frame.internal = internal_module || is_internal_function(place.function);
      frame.function = readable_function_name(place.function);
      frame.file = std::move(place.file);
      frame.line = place.line;
      frame.module = module;
      frames.push_back(std::move(frame));
    }
    return frames;
  }

  std::vector<schema::stack_frame> look_up(std::uintptr_t address) {
    if (const auto known = cache.find(address); known != cache.end()) return known->second;
    if (cache.size() >= cached_addresses) cache.clear();
    return cache.emplace(address, frames_at(address, symbols().places(address))).first->second;
  }

  std::vector<schema::stack_frame> look_up_quickly(std::uintptr_t address) {
    return frames_at(address, {code_place{symbols().function(address), {}, 0}});
  }

  /// The whole stack, each address looked up by `find`.
  template <class Find>
  std::vector<schema::stack_frame> walk(std::span<const std::uintptr_t> addresses, Find find) {
    const std::lock_guard lock(mutex);
    std::vector<schema::stack_frame> stack;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      // A return address may already be the first of the next line, or of the next function.
      const auto address = i == 0 || addresses[i] == 0 ? addresses[i] : addresses[i] - 1;
      for (auto& frame : find(address)) {
        frame.address = addresses[i];
        stack.push_back(std::move(frame));
      }
    }
    cut_below_loop(stack);
    return stack;
  }
};

symboliser::symboliser() : state_(std::make_unique<state>()) {}
symboliser::~symboliser() = default;

std::vector<schema::stack_frame> symboliser::frames(std::span<const std::uintptr_t> addresses) {
  return state_->walk(addresses, [&](auto address) { return state_->look_up(address); });
}

std::vector<schema::stack_frame> symboliser::quick_frames(
    std::span<const std::uintptr_t> addresses) {
  return state_->walk(addresses, [&](auto address) { return state_->look_up_quickly(address); });
}

std::vector<std::uintptr_t> symboliser::walk(const frozen_stack& stack) {
  const std::lock_guard lock(state_->mutex);
  return state_->symbols().walk(stack);
}

void symboliser::warm_up() {
  const std::lock_guard lock(state_->mutex);
  // Some code of the program itself, as opposed to that of a library.
  state_->symbols().places(getauxval(AT_ENTRY));
}

std::string symboliser::function_at(const void* code) {
  const std::lock_guard lock(state_->mutex);
  return state_->symbols().function(reinterpret_cast<std::uintptr_t>(code));
}

namespace {

/// Made when first needed, never destroyed. A forked child makes one of its own: the lock of this
/// one may be held for ever there, and reading debug information takes too long to let fork() wait
/// for it.
constinit std::atomic<symboliser*> instance{nullptr};
[[maybe_unused]] const int registered =
    pthread_atfork(nullptr, nullptr, [] { instance.store(nullptr, std::memory_order_relaxed); });

}  // namespace

symboliser& program_symboliser() {
  symboliser* known = instance.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  auto made = std::make_unique<symboliser>();
  return instance.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)
             ? *made.release()
             : *known;
}

std::string culprit_of(std::span<const schema::stack_frame> stack) {
  const auto culprit = std::find_if(stack.begin(), stack.end(), [](const auto& frame) {
    return !frame.internal && !frame.function.empty();
  });
  return culprit == stack.end() ? std::string{} : culprit->function;
}

std::string name_of_code(const void* code) {
  const auto function = program_symboliser().function_at(code);
  return function.empty() ? std::string{} : readable_code_name(function);
}

}  // namespace asioscope::watchdog
