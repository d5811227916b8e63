// SPDX-License-Identifier: BSL-1.0
#include "stack_of_thread.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>

namespace asioscope::test_kit::detail {

namespace {

enum class request : int { none, asked, being_answered, answered };

/// One request at a time; in static storage, since an answer may come late.
struct mailbox {
  /// `answered` publishes what is below to the one who asked.
  std::atomic<request> state{request::none};
  std::atomic<pid_t> whom{0};
  std::array<void*, 96> frames{};
  int count = 0;
  void* interrupted = nullptr;
};
mailbox box;

int signal_number() { return SIGRTMIN + 5; }

void* program_counter(const void* context) {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<void*>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void*>(machine.pc);
#else
  (void)machine;
  return nullptr;
#endif
}

void answer(int, siginfo_t*, void* context) {
  const int kept = errno;
  request expected = request::asked;
  if (box.whom.load(std::memory_order_relaxed) == gettid() &&
      box.state.compare_exchange_strong(expected, request::being_answered)) {
    box.count = backtrace(box.frames.data(), static_cast<int>(box.frames.size()));
    box.interrupted = program_counter(context);
    box.state.store(request::answered);
  }
  errno = kept;
}

void sleep_a_little() {
  const timespec time{0, 200'000};
  nanosleep(&time, nullptr);
}

struct location {
  std::string module;
  std::uintptr_t offset;
  std::string function;
};

location locate(void* address) {
  Dl_info info{};
  link_map* map = nullptr;
  if (dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0 ||
      map == nullptr)
    return {};
  location where;
  where.module = map->l_name != nullptr && *map->l_name != '\0' ? map->l_name : "/proc/self/exe";
  where.offset = reinterpret_cast<std::uintptr_t>(address) - map->l_addr;
  if (info.dli_sname != nullptr) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> readable(
        abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), &std::free);
    where.function = status == 0 ? readable.get() : info.dli_sname;
  }
  return where;
}

std::string quoted(const std::string& path) {
  std::string result = "'";
  for (const char each : path)
    if (each == '\'')
      result += "'\\''";
    else
      result += each;
  return result + "'";
}

/// What addr2line says of each address of a module: lines, innermost inlined function first.
std::map<std::uintptr_t, std::string> lines_of(const std::string& module,
                                               const std::vector<std::uintptr_t>& offsets) {
  std::ostringstream command;
  // Its own /proc/self/exe would be another.
  std::array<char, 4096> path{};
  const bool itself = module == "/proc/self/exe";
  if (itself && readlink(module.c_str(), path.data(), path.size() - 1) < 0) return {};
  command << "addr2line -a -C -f -p -i -e " << quoted(itself ? path.data() : module) << std::hex;
  for (const std::uintptr_t each : offsets)
    command << " 0x" << each;
  command << " 2>/dev/null";
  std::map<std::uintptr_t, std::string> result;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.str().c_str(), "re"), &pclose);
  if (output == nullptr) return result;
  std::string* current = nullptr;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), static_cast<int>(line.size()), output.get()) != nullptr) {
    std::string text(line.data());
    if (text.starts_with("0x")) {
      const std::size_t end = text.find(": ");
      current = &result[std::strtoull(text.c_str(), nullptr, 16)];
      text = end == std::string::npos ? "" : text.substr(end + 2);
    }
    if (current != nullptr) *current += "    " + text;
  }
  return result;
}

}  // namespace

void be_ready_for_stacks() {
  static const bool ready = [] {
    std::array<void*, 4> warm_up{};
    backtrace(warm_up.data(), static_cast<int>(warm_up.size()));  // loads a library the first time
    struct sigaction action {};
    action.sa_sigaction = &answer;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(signal_number(), &action, nullptr) == 0;
  }();
  (void)ready;
}

stack stack_of(pthread_t thread, pid_t id) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  box.whom.store(id, std::memory_order_relaxed);
  box.state.store(request::asked);
  if (pthread_kill(thread, signal_number()) != 0) return {};
  for (int tries = 0; tries < 1000 && box.state.load() == request::asked; ++tries)
    sleep_a_little();
  request expected = request::asked;
  if (box.state.compare_exchange_strong(expected, request::none)) return {};
  while (box.state.load() != request::answered)
    sleep_a_little();
  box.state.store(request::none);
  const auto end = box.frames.begin() + box.count;
  // Before it stand the signal's own functions.
  const auto first = std::find(box.frames.begin(), end, box.interrupted);
  return stack(first != end ? first : box.frames.begin() + std::min(box.count, 2), end);
}

std::string to_text(const stack& frames) {
  std::vector<location> where;
  std::map<std::string, std::vector<std::uintptr_t>> offsets;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    // A return address is behind the call.
    where.push_back(locate(static_cast<char*>(frames[i]) - (i == 0 ? 0 : 1)));
    if (!where.back().module.empty()) offsets[where.back().module].push_back(where.back().offset);
  }
  std::map<std::string, std::map<std::uintptr_t, std::string>> lines;
  for (const auto& [module, all] : offsets)
    lines[module] = lines_of(module, all);
  std::ostringstream text;
  for (std::size_t i = 0; i < where.size(); ++i) {
    const std::string& found = lines[where[i].module][where[i].offset];
    if (!found.empty() && found.find_first_not_of(" ?\n:0") != std::string::npos &&
        !found.starts_with("    ?? "))
      text << found;
    else if (!where[i].function.empty())
      text << "    " << where[i].function << '\n';
    else
      text << "    " << (where[i].module.empty() ? "?" : where[i].module) << " + 0x" << std::hex
           << where[i].offset << std::dec << '\n';
  }
  return std::move(text).str();
}

}  // namespace asioscope::test_kit::detail
