// SPDX-License-Identifier: BSL-1.0
#include "connection/metrics_targets.hpp"

#include "asioscope/model/json_writer.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace asioscope::viewer {
namespace {

/// "127.0.0.1:9464" of "http://0.0.0.0:9464/metrics".
std::optional<std::string> target_of(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  const std::string_view address = url.substr(0, url.find('/'));
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return std::string(host) + std::string(address.substr(colon));
}

}  // namespace

void write_file_sd(std::span<const schema::announcement> programs, std::ostream& out) {
  std::map<std::string_view, std::set<std::string>> targets;
  for (const schema::announcement& each : programs) {
    if (auto target = target_of(each.metrics)) targets[each.program].insert(std::move(*target));
  }
  model::json_writer json(out);
  json.begin_array();
  for (const auto& [program, addresses] : targets) {
    json.begin_object();
    json.key("targets");
    json.begin_array();
    for (const std::string& each : addresses)
      json.value(each);
    json.end_array();
    json.key("labels");
    json.begin_object();
    json.member("program", program);
    json.end_object();
    json.end_object();
  }
  json.end_array();
  out << '\n';
}

}  // namespace asioscope::viewer
