// SPDX-License-Identifier: BSL-1.0
#include "leftovers.hpp"

#include <sstream>

namespace asioscope::test_kit {

namespace {

std::string line_of(const core::resource_description& each) {
  std::ostringstream out;
  out << "  " << core::to_string(each.kind) << ' ';
  if (each.name.empty())
    out << "without a name";
  else
    out << '"' << each.name << '"';
  if (each.waiting != 0) out << ", " << each.waiting << " waiting";
  for (const core::resource_attribute& attribute : each.attributes)
    out << ", " << attribute.name << ' ' << attribute.value;
  out << '\n';
  return std::move(out).str();
}

}  // namespace

leftovers::leftovers()
    : last_(core::last_resource_id()), listed_before_(core::list_unnamed_resources(true)) {}

leftovers::~leftovers() { core::list_unnamed_resources(listed_before_); }

std::string leftovers::alive() const {
  std::string result;
  for (const core::resource_description& each : core::describe_resources())
    if (each.id > last_) result += line_of(each);
  return result;
}

std::string leftovers::waiting() const {
  std::string result;
  for (const core::resource_description& each : core::describe_resources())
    if (each.waiting != 0) result += line_of(each);
  return result.empty() ? "No primitive has waiters: look at timers, sockets and awaited tasks.\n"
                        : "Waiting:\n" + result;
}

}  // namespace asioscope::test_kit
