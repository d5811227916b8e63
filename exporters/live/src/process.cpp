// SPDX-License-Identifier: BSL-1.0
#include "process.hpp"

#include <boost/version.hpp>

#include <time.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

namespace asioscope::live {
namespace {

std::int64_t now_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// When this process began, on CLOCK_BOOTTIME; now when the kernel does not say.
std::int64_t start_boottime_ns() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  // The name, the second field, may hold spaces and parentheses; starttime is field 22.
  const std::size_t name_end = line.rfind(')');
  if (name_end != std::string::npos) {
    std::istringstream fields{line.substr(name_end + 1)};
    std::string skipped;
    for (int field = 3; field < 22; ++field)
      fields >> skipped;
    std::int64_t ticks = 0;
    if (fields >> ticks) return ticks * (1'000'000'000LL / ::sysconf(_SC_CLK_TCK));
  }
  return now_ns(CLOCK_BOOTTIME);
}

}  // namespace

std::int64_t process_start_realtime_ns() {
  static const std::int64_t start =
      now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME) + start_boottime_ns();
  return start;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string build_description() {
  std::string boost = BOOST_LIB_VERSION;
  for (char& each : boost) {
    if (each == '_') each = '.';
  }
  return "asioscope " ASIOSCOPE_VERSION ", Boost " + boost + ", "
#ifdef __clang__
         + "clang " __clang_version__;
#else
         + "g++ " __VERSION__;
#endif
}

}  // namespace asioscope::live
