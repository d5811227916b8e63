// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/endpoint.hpp"

#include "health.hpp"
#include "http.hpp"
#include "index_page.hpp"
#include "query.hpp"
#include "token.hpp"

#include "asioscope/metrics/text_format.hpp"
#include "asioscope/net/service.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/schema/rendezvous.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace asioscope::metrics {

namespace {

constexpr net::connection_limits limits{
    .max_connections = 32,
    .make_room = true,  // whoever only holds connections open must not lock Prometheus out
    .max_input = 16 * 1024,
    .max_output = 64 * 1024 * 1024,
    .idle_timeout = std::chrono::seconds{90}};  // more than the usual minute between scrapes

/// Leaves of the families those that are named, all when none is.
void keep_named(std::vector<family>& families, std::vector<std::string> names) {
  if (names.empty()) return;
  std::ranges::sort(names);
  std::erase_if(families, [&](const family& each) {
    return !std::ranges::binary_search(names, each.info->name, std::less<>());
  });
}

net::listener listen_at(const std::string& address, unsigned ports) {
  if (const auto path = net::parse_local_address(address)) return net::listener::local(*path);
  if (const auto tcp = net::parse_tcp_address(address)) return net::listener::tcp(*tcp, ports);
  throw std::invalid_argument("'" + address +
                              "' is not an address such as 127.0.0.1:9464 or unix:/path/of/socket");
}

}  // namespace

struct endpoint::state {
  explicit state(endpoint_options wanted)
      : token(load_token(std::move(wanted.token), wanted.token_file)),
        program(wanted.program.empty() ? schema::executable_name() : std::move(wanted.program)),
        source(wanted.collect.source ? wanted.collect.source : &recorder::take_snapshot),
        state_of_loops(source, wanted.liveness_limit),
        collects(std::move(wanted.collect)),
        service({.thread_name = "asioscope-http"}) {
    net::listener socket = listen_at(wanted.address, wanted.ports);
    port = socket.port();
    address = socket.address();
    service.listen(std::move(socket), limits,
                   [this](net::connection&) { return serve_http(site); });
  }

  [[nodiscard]] http_page metrics_page(const http_request& asked) {
    std::optional<std::vector<std::string>> names = query_values(asked.query, "name[]");
    if (!names) {
      return {.status = 400, .body = "400 Bad Request: a '%' in the query has no two digits\n"};
    }
    std::vector<family> families = collects.collect();
    keep_named(families, std::move(*names));
    const format wanted = negotiate(asked.accept);
    return {.content_type = std::string(content_type(wanted)), .body = render(wanted, families)};
  }

  [[nodiscard]] http_page page_for_people() const {
    index_facts facts;
    facts.program = program;
    facts.pid = ::getpid();
    facts.now = source();
    facts.threads = list_threads_now();
    facts.reports = recorder::reports_since(0).reports;
    facts.process = read_process_figures();
    facts.stall_threshold = recorder::current_thresholds().stall;
    facts.mode = to_string(recorder::current_mode());
    return {
        .content_type = "text/html; charset=utf-8",
        .body = index_page(facts),
        .headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
                    {"X-Content-Type-Options", "nosniff"}}};
  }

  /// The page, for those who know the token.
  [[nodiscard]] http_site::mapped_type guarded(http_site::mapped_type make) const {
    return [this, make = std::move(make)](const http_request& asked) -> http_page {
      if (token.empty() || bears(asked.authorization, token)) return make(asked);
      return {.status = 401,
              .body = "401 Unauthorized: send the header Authorization: Bearer TOKEN\n",
              .headers = {{"WWW-Authenticate", "Bearer realm=\"asioscope\""}}};
    };
  }

  const std::string token;
  const std::string program;
  const std::function<schema::snapshot()> source;
  health state_of_loops;
  collector collects;
  // Health is for those who have no token to show: kubelets, load balancers.
  const http_site site{
      {"/", guarded([this](const http_request&) { return page_for_people(); })},
      {"/healthz", [](const http_request&) { return http_page{.body = "ok\n"}; }},
      {"/livez", [this](const http_request&) { return state_of_loops.live(); }},
      {"/metrics", guarded([this](const http_request& asked) { return metrics_page(asked); })},
      {"/readyz", [this](const http_request&) { return state_of_loops.ready(); }},
  };
  std::string address;
  std::uint16_t port = 0;
  net::service service;  // last: its thread uses the rest
};

endpoint::endpoint(endpoint_options options)
    : state_(std::make_unique<state>(std::move(options))) {}
endpoint::~endpoint() = default;

std::uint16_t endpoint::port() const noexcept { return state_->port; }
std::string endpoint::url() const {
  return state_->port == 0 ? "unix:" + state_->address : "http://" + state_->address + "/metrics";
}
void endpoint::stop() noexcept { state_->service.stop(); }

}  // namespace asioscope::metrics
