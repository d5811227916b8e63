// SPDX-License-Identifier: BSL-1.0
#include "process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace asioscope::metrics {

namespace {

std::optional<double> cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> open_fds() {
  std::error_code error;
  const std::filesystem::directory_iterator begin("/proc/self/fd", error);
  if (error) return std::nullopt;
  const auto count = std::distance(begin, std::filesystem::directory_iterator());
  return static_cast<double>(count - 1);  // one was open for counting
}

template <class Resource>
std::optional<double> limit_of(Resource what) {
  rlimit limit{};
  if (::getrlimit(what, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The number at the begin of the text. Not through a stream or stod: the program may have set a
/// locale.
std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

/// When the machine was booted, in seconds since 1970.
std::optional<double> boot_time() {
  const std::string text = read_file("/proc/stat");
  constexpr std::string_view key = "\nbtime ";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return std::nullopt;
  return number(std::string_view(text).substr(at + key.size()));
}

/// A field of /proc/self/stat, counted as in proc(5).
std::optional<double> stat_field(std::string_view stat, int wanted) {
  // The second field is the program's name in parentheses; it may hold anything, parentheses too.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  for (int field = 3;; ++field) {
    if (stat.empty()) return std::nullopt;
    stat.remove_prefix(1);  // the blank before the field
    if (field == wanted) return number(stat);
    stat.remove_prefix(std::min(stat.find(' '), stat.size()));
  }
}

std::optional<double> start_time(std::string_view stat) {
  const std::optional<double> boot = boot_time();
  const std::optional<double> ticks = stat_field(stat, 22);
  if (!boot || !ticks) return std::nullopt;
  return *boot + *ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

process_figures read_process_figures() {
  process_figures result;
  result.cpu_seconds = cpu_seconds();
  result.open_fds = open_fds();
  result.max_fds = limit_of(RLIMIT_NOFILE);
  result.virtual_memory_max_bytes = limit_of(RLIMIT_AS);
  const std::string stat = read_file("/proc/self/stat");
  result.threads = stat_field(stat, 20);
  result.virtual_memory_bytes = stat_field(stat, 23);
  if (const std::optional<double> pages = stat_field(stat, 24)) {
    result.resident_memory_bytes = *pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  }
  // It never changes, and to find it the kernel has to print every interrupt it ever counted.
  static const std::optional<double> started = start_time(stat);
  result.start_time_seconds = started;
  return result;
}

}  // namespace asioscope::metrics
