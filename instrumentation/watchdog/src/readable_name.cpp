// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/readable_name.hpp"

#include "primitive_name.hpp"
#include "qualified_name.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace asioscope::watchdog {
namespace {

using parts = std::vector<name_part>;

constexpr std::size_t longest_name = 100;
constexpr int deepest_nesting = 40;

/// How sure it is that a template argument is the user's handler rather than, say, a buffer type.
enum class rank { none, library, user_type, handler };

struct candidate {
  rank certainty = rank::none;
  std::string name;
};

bool is_library(const parts& name) {
  static constexpr std::array<std::string_view, 6> roots{"boost",     "asio",      "std",
                                                         "asioscope", "__gnu_cxx", "__cxxabiv1"};
  return name.size() > 1 && std::find(roots.begin(), roots.end(), name.front().name) != roots.end();
}

/// What Asio names have fixed readings here.
std::optional<std::string_view> fixed_name(const parts& name) {
  using entry = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<entry, 15> known{{
      {"awaitable_handler", "coroutine"},
      {"awaitable_async_op_handler", "coroutine"},
      {"awaitable_as_function", "coroutine"},
      {"awaitable_thread", "coroutine"},
      {"awaitable_frame_base", "coroutine"},
      {"coro_handler", "stackful coroutine"},
      {"spawn_handler", "stackful coroutine"},
      {"promise_handler", "future"},
      {"promise_invoker", "future"},
      {"detached_handler", "detached"},
      {"executor_function", "executor_function"},
      {"executor_function_view", "executor_function"},
      {"strand_executor_service", "strand"},
      {"strand_service", "strand"},
      {"function", "std::function"},
  }};
  for (const auto& part : name) {
    for (const auto& [key, reading] : known) {
      if (part.name == key) return reading;
    }
  }
  return std::nullopt;
}

/// Which template argument of Asio's own templates is the handler, where others (buffers,
/// protocols) may be the user's types too. The rest is searched.
std::optional<std::size_t> handler_position(const parts& name) {
  using entry = std::pair<std::string_view, std::size_t>;
  static constexpr std::array<entry, 40> known{{
      {"reactive_socket_accept_op", 2},
      {"reactive_socket_move_accept_op", 2},
      {"reactive_socket_recv_op", 1},
      {"reactive_socket_recvfrom_op", 2},
      {"reactive_socket_recvmsg_op", 1},
      {"reactive_socket_send_op", 1},
      {"reactive_socket_sendto_op", 2},
      {"descriptor_read_op", 1},
      {"descriptor_write_op", 1},
      {"io_uring_socket_accept_op", 2},
      {"io_uring_socket_recv_op", 1},
      {"io_uring_socket_recvfrom_op", 2},
      {"io_uring_socket_send_op", 1},
      {"io_uring_socket_sendto_op", 2},
      {"io_uring_descriptor_read_op", 1},
      {"io_uring_descriptor_write_op", 1},
      {"resolve_query_op", 1},
      {"resolve_endpoint_op", 1},
      {"read_until_delim_op_v2", 2},
      {"read_until_delim_string_op_v2", 2},
      {"read_until_match_op_v2", 3},
      {"read_dynbuf_v2_op", 3},
      {"write_dynbuf_v2_op", 3},
      {"iterator_connect_op", 5},
      {"range_connect_op", 5},
      {"transfer_op", 2},
      {"composed_op", 2},
      {"io_op", 2},
      {"executor_op", 0},
      {"completion_handler", 0},
      {"wait_handler", 0},
      {"signal_handler", 0},
      {"work_dispatcher", 0},
      {"binder0", 0},
      {"binder1", 0},
      {"binder2", 0},
      {"move_binder1", 0},
      {"move_binder2", 0},
      {"executor_binder", 0},
      {"wrapped", 0},
  }};
  for (const auto& [key, position] : known) {
    if (name.back().name == key) return position;
  }
  return std::nullopt;
}

std::string base_name(std::string_view place) {
  constexpr std::string_view prefix = "lambda at ";
  const auto slash = place.rfind('/');
  return slash == std::string_view::npos ? std::string(place)
                                         : std::string(prefix).append(place.substr(slash + 1));
}

/// Leading namespaces go first when a name is too long.
std::string shortened(std::string text) {
  while (text.size() > longest_name) {
    const auto colons = text.find("::");
    if (colons == std::string::npos) return text.substr(0, longest_name - 3) + "...";
    text.erase(0, colons + 2);
  }
  return text;
}

std::string join(const parts& name) {
  std::string text;
  bool in_lambda = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto& part = name[i];
    if (part.lambda) {
      if (!in_lambda && !part.name.empty()) return base_name(part.name);
      if (!in_lambda) text += text.empty() ? "lambda" : " lambda";
      in_lambda = true;
      continue;
    }
    if (in_lambda && part.name == "operator()") continue;
    if (!text.empty()) text += "::";
    text += part.name;
    const bool encloses = i + 1 < name.size() && (part.function || part.name == "main");
    if (encloses) text += "()";
  }
  return text;
}

std::string shown(const parts& name, std::string_view original) {
  auto text = join(name);
  return shortened(text.empty() ? std::string(original) : std::move(text));
}

candidate find_handler(std::string_view type, int depth);

candidate best_of(const std::vector<std::string_view>& types, int depth) {
  candidate best;
  for (const auto type : types) {
    auto found = find_handler(type, depth + 1);
    if (found.certainty > best.certainty) best = std::move(found);
    if (best.certainty == rank::handler) break;
  }
  return best;
}

candidate search_arguments(const parts& name, int depth) {
  candidate best;
  // From the innermost part outwards: `stream<socket>::ops::connect_op<HANDLER>`.
  for (auto part = name.rbegin(); part != name.rend(); ++part) {
    auto found = best_of(split_arguments(part->arguments), depth);
    if (found.certainty > best.certainty) best = std::move(found);
  }
  return best;
}

/// `void (*)(int)`, `void (app::server::*)(int)`, and std::bind's `void
/// (app::server::*(app::server*))(int)`.
std::optional<candidate> pointer_to_function(std::string_view type) {
  const auto open = type.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  const auto star = type.find('*', open);
  if (star == std::string_view::npos) return std::nullopt;
  const auto owner = type.substr(open + 1, star - open - 1);
  if (owner.empty()) return candidate{rank::handler, "function pointer"};
  if (!owner.ends_with("::") || owner.find_first_of("( ") != std::string_view::npos)
    return std::nullopt;
  return candidate{rank::handler, shown(parse_qualified_name(owner), owner) + " member function"};
}

candidate in_library(const parts& name, std::string_view type, int depth) {
  if (name.back().name != "function" || name.front().name == "std") {
    if (const auto fixed = fixed_name(name)) return {rank::handler, std::string(*fixed)};
  }
  if (const auto position = handler_position(name)) {
    const auto arguments = split_arguments(name.back().arguments);
    if (*position < arguments.size()) {
      auto found = find_handler(arguments[*position], depth + 1);
      if (found.certainty != rank::none) return {rank::handler, std::move(found.name)};
    }
  }
  auto found = search_arguments(name, depth);
  if (auto primitive = primitive_of(name)) {
    const auto sure = primitive->exact ? rank::handler : rank::user_type;
    if (found.certainty >= sure) return found;
    return {rank::library, std::move(primitive->name)};
  }
  if (found.certainty > rank::library) return found;
  auto text = shown(name, type);
  if (text.starts_with("boost::")) text.erase(0, 7);
  if (const auto at = text.find("detail::"); at != std::string::npos) text.erase(at, 8);
  return {rank::library, std::move(text)};
}

candidate find_handler(std::string_view type, int depth) {
  type = trim(type);
  if (type.starts_with("const ")) type.remove_prefix(6);
  if (type.empty() || depth > deepest_nesting) return {};
  auto name = parse_qualified_name(type);
  const auto lambda =
      std::find_if(name.begin(), name.end(), [](const auto& part) { return part.lambda; });
  if (lambda == name.end()) {
    if (auto pointer = pointer_to_function(type)) return std::move(*pointer);
    if (name.empty() || type.find_first_not_of("0123456789ul") == std::string_view::npos) return {};
    if (is_library(name)) return in_library(name, type, depth);
    static constexpr std::array<std::string_view, 12> builtin{
        "void",     "bool",  "char",   "int",  "long",  "short",
        "unsigned", "float", "double", "true", "false", "auto"};
    if (std::find(builtin.begin(), builtin.end(), name.back().name) != builtin.end()) return {};
    return {rank::user_type, shown(name, type)};
  }
  const parts enclosing(name.begin(), lambda);
  if (!is_library(enclosing)) return {rank::handler, shown(name, type)};
  // A lambda of Asio's own, such as co_spawn's: what it works for stands in its function's
  // arguments.
  return in_library(enclosing, type, depth);
}

parts without_operation(parts name) {
  name.pop_back();
  return name;
}

}  // namespace

std::string_view type_in_pretty_function(std::string_view text) {
  for (const std::string_view mark : {"[with ", "["}) {
    const auto begin = text.find(mark);
    if (begin == std::string_view::npos || !text.ends_with(']')) continue;
    const auto inside = text.substr(begin + mark.size(), text.size() - begin - mark.size() - 1);
    const auto equals = inside.find(" = ");
    if (equals == std::string_view::npos || inside.find_first_of("<(:") < equals) continue;
    // g++ explains aliases after a semicolon.
    const auto type = inside.substr(equals + 3);
    return trim(type.substr(0, type.find(';')));
  }
  return text;
}

std::string readable_handler_name(std::string_view type_name) {
  auto found = find_handler(type_in_pretty_function(type_name), 0);
  return found.name.empty() ? shortened(std::string(trim(type_name))) : std::move(found.name);
}

std::string readable_function_name(std::string_view demangled) {
  return shown(parse_qualified_name(demangled), demangled);
}

std::string readable_code_name(std::string_view demangled) {
  const auto name = parse_qualified_name(demangled);
  if (name.size() > 2 && is_library(name)) {
    if (name.back().name == "complete" && name[name.size() - 2].name == "executor_function") {
      auto found = best_of(split_arguments(name.back().arguments), 0);
      if (!found.name.empty()) return std::move(found.name);
    }
    if (name.back().name == "do_complete") {
      return in_library(without_operation(name), demangled, 0).name;
    }
    if (auto primitive = primitive_of(name)) return std::move(primitive->name);
  }
  return readable_function_name(demangled);
}

bool is_internal_function(std::string_view demangled) {
  // What the demangler does not understand are Asio's own templates around a lambda.
  if (demangled.starts_with("_Z")) return demangled.find("5boost4asio") != demangled.npos;
  const auto name = parse_qualified_name(demangled);
  if (name.empty()) return false;
  const auto root = name[0].name;
  if (root.starts_with("__")) return true;  // reserved to the implementation: __gthread_mutex_lock
  if (name.size() < 2) return false;
  if (root == "boost") {
    const auto library = name[1].name;
    return library == "asio" || library == "beast" || library == "system" || library == "context";
  }
  return root.starts_with("boost_asio_") || is_library(name);
}

}  // namespace asioscope::watchdog
