// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/loop_threads.hpp"

#include <boost/system/errc.hpp>

#include <thread>

#ifdef __linux__
#include <pthread.h>
#include <sched.h>

#include <array>
#endif

namespace asioscope::core::detail {

#ifdef __linux__

namespace {

error_code pin_to(const std::vector<unsigned>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned each : cpus)
    CPU_SET(each, &set);
  const int failed = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  return {failed, boost::system::system_category()};
}

}  // namespace

std::vector<unsigned> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> result;
  if (pthread_getaffinity_np(pthread_self(), sizeof set, &set) != 0) return result;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) result.push_back(cpu);
  return result;
}

std::size_t usable_cpus() { return allowed_cpus().size(); }

std::string current_thread_name() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

void name_current_thread(const std::string& name) noexcept {
  pthread_setname_np(pthread_self(), name.c_str());
}

cpu_pin::cpu_pin(unsigned cpu) : before_(allowed_cpus()), error_(pin_to({cpu})) {}

cpu_pin::~cpu_pin() {
  if (!error_) pin_to(before_);
}

#else

std::vector<unsigned> allowed_cpus() { return {}; }

std::size_t usable_cpus() { return std::thread::hardware_concurrency(); }

std::string current_thread_name() { return {}; }

void name_current_thread(const std::string&) noexcept {}

cpu_pin::cpu_pin(unsigned) : error_(make_error_code(boost::system::errc::not_supported)) {}

cpu_pin::~cpu_pin() = default;

#endif

}  // namespace asioscope::core::detail
