// SPDX-License-Identifier: BSL-1.0
#include "connection/discovery.hpp"

#include "asioscope/schema/rendezvous.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

namespace asioscope::viewer {
namespace {

// When the socket was made, which is when its program began to offer itself.
std::int64_t birth_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

}  // namespace

std::vector<local_program> find_local_programs() {
  std::vector<std::pair<std::int64_t, local_program>> found;
  for (const schema::program_socket& each : schema::list_sockets()) {
    const std::string path = each.path.string();
    found.emplace_back(birth_of(path),
                       local_program{each.program, static_cast<std::uint32_t>(each.pid), path});
  }
  std::ranges::sort(found, [](const auto& left, const auto& right) {
    return std::tuple(left.first, left.second.pid) > std::tuple(right.first, right.second.pid);
  });
  std::vector<local_program> result;
  for (auto& [birth, each] : found)
    result.push_back(std::move(each));
  return result;
}

std::optional<local_program> choose(const std::vector<local_program>& programs,
                                    std::string_view wanted) {
  const auto found = std::ranges::find_if(programs, [&](const local_program& each) {
    return wanted.empty() || each.name == wanted || std::to_string(each.pid) == wanted;
  });
  return found == programs.end() ? std::nullopt : std::optional(*found);
}

}  // namespace asioscope::viewer
