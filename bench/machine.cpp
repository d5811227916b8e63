// SPDX-License-Identifier: BSL-1.0
#include "machine.hpp"

#include <boost/version.hpp>

#include <sys/utsname.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

namespace bench {

namespace {

std::string processor_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

}  // namespace

machine this_machine() {
  machine m;
  m.processor =
      processor_model() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores";
  utsname system{};
  uname(&system);
  m.system = std::string(system.sysname) + " " + system.release;
#if defined(__clang__)
  m.compiler = "clang " __clang_version__;
#else
  m.compiler = "g++ " __VERSION__;
#endif
  m.compiler += " " ASIOSCOPE_BENCH_FLAGS ", Boost " BOOST_LIB_VERSION;
  const std::time_t now = std::time(nullptr);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  m.date = date;
  getloadavg(&m.load, 1);
  return m;
}

}  // namespace bench
