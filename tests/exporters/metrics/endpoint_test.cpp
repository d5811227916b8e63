// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/endpoint.hpp"

#include "gunzip.hpp"
#include "peer.hpp"
#include "sample_snapshot.hpp"
#include "scratch_folder.hpp"

#include "asioscope/net/listener.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace asioscope::metrics {
namespace {

using net::testing::peer;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::sample_snapshot;
using testing::scratch_folder;
using ::testing::StartsWith;

class endpoint_test : public ::testing::Test {
 protected:
  /// What the endpoint collects from now on.
  void set_source(std::function<schema::snapshot()> wanted) {
    const std::lock_guard lock(mutex);
    source = std::move(wanted);
  }

  std::mutex mutex;  // guards the next
  std::function<schema::snapshot()> source = sample_snapshot;
  endpoint tested{{.address = "127.0.0.1:0", .collect = {.source = [this] {
                                               const std::lock_guard lock(mutex);
                                               return source();
                                             }}}};

  /// The whole answer, of a connection that ends with it.
  std::string answer_to(const std::string& request) {
    const peer client(tested.port());
    client.send(request);
    return client.receive_all();
  }
  std::string get(const std::string& target) {
    return answer_to("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
};

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}
std::string head_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n\r\n") + 2);
}

std::string without_date(std::string head) {
  const std::size_t at = head.find("\r\nDate: ");
  if (at != std::string::npos) head.erase(at, head.find('\r', at + 2) - at);
  return head;
}

TEST_F(endpoint_test, metrics_are_served) {
  const std::string answer = get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head_of(answer),
              HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(head_of(answer),
              HasSubstr("\r\nContent-Length: " + std::to_string(body_of(answer).size()) + "\r\n"));
  EXPECT_THAT(answer, HasSubstr("\nasio_loop_threads{loop=\"main\"} 2\n"));
}

TEST_F(endpoint_test, the_format_is_the_one_that_is_asked_for) {
  const auto scraped_with = [this](const std::string& accept) {
    return answer_to("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: " + accept +
                     "\r\nConnection: close\r\n\r\n");
  };
  const std::string openmetrics =
      scraped_with("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
  EXPECT_THAT(head_of(openmetrics),
              HasSubstr("\r\nContent-Type: application/openmetrics-text; version=1.0.0; "
                        "charset=utf-8\r\n"));
  EXPECT_TRUE(openmetrics.ends_with("\n# EOF\n"));
  const std::string curl = scraped_with("*/*");
  EXPECT_THAT(head_of(curl),
              HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(curl, Not(HasSubstr("# EOF")));
}

TEST_F(endpoint_test, answers_carry_date_and_are_not_to_be_stored) {
  const std::string head = head_of(get("/healthz"));
  EXPECT_THAT(head, HasSubstr("\r\nCache-Control: no-store\r\n"));
  const std::size_t at = head.find("\r\nDate: ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(head.substr(at + 8, 29),
              MatchesRegex("[A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] 20[0-9][0-9] "
                           "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT"));
}

TEST_F(endpoint_test, without_a_limit_the_process_is_alive_however_its_loops_are) {
  set_source([]() -> schema::snapshot { throw std::runtime_error("no figures"); });
  EXPECT_EQ(body_of(get("/livez")), "ok\n");
}

TEST_F(endpoint_test, it_is_ready_when_a_loop_runs) {
  EXPECT_EQ(body_of(get("/readyz")), "ok\n");
  set_source([] {
    schema::snapshot result = sample_snapshot();
    for (schema::loop_statistics& each : result.loop_stats)
      each.threads = 0, each.last_progress_ns = 0;
    return result;
  });
  const std::string answer = get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(body_of(answer), HasSubstr("no loop runs yet"));
  set_source([]() -> schema::snapshot { throw std::runtime_error("no figures"); });
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(endpoint_test, healthz_says_ok) { EXPECT_EQ(body_of(get("/healthz")), "ok\n"); }

TEST_F(endpoint_test, the_page_for_people_shows_the_loops_and_links_the_rest) {
  const std::string answer = get("/");
  EXPECT_THAT(head_of(answer), AllOf(HasSubstr("Content-Type: text/html; charset=utf-8\r\n"),
                                     HasSubstr("Content-Security-Policy: default-src 'none';")));
  EXPECT_THAT(answer, HasSubstr("<code>main</code>"));
  for (const char* path : {"/metrics", "/healthz", "/livez", "/readyz"}) {
    EXPECT_THAT(answer, HasSubstr("<a href=\"" + std::string(path) + "\">"));
    EXPECT_THAT(get(path), Not(StartsWith("HTTP/1.1 404"))) << path;
  }
}

TEST_F(endpoint_test, query_and_absolute_form_lead_to_the_page) {
  EXPECT_EQ(body_of(get("/healthz?verbose=1")), "ok\n");
  EXPECT_EQ(body_of(get("http://localhost:9464/healthz")), "ok\n");
  EXPECT_THAT(get("http://localhost:9464"), StartsWith("HTTP/1.1 200"));
}

TEST_F(endpoint_test, other_paths_are_not_found) {
  for (const char* path :
       {"/metricsfoo", "/metrics/", "/metrics/foo", "/favicon.ico", "*", "//", "/%6Detrics"}) {
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
  }
}

TEST_F(endpoint_test, head_has_the_headers_of_get_and_no_body) {
  for (const std::string path : {"/healthz", "/livez", "/readyz", "/nowhere",
                                 "/metrics?name[]=asio_loop_threads", "/metrics?%"}) {
    const std::string answer =
        answer_to("HEAD " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(body_of(answer), IsEmpty()) << path;
    EXPECT_EQ(without_date(head_of(answer)), without_date(head_of(get(path)))) << path;
  }
}

TEST_F(endpoint_test, long_pages_are_gzipped_for_those_who_take_it) {
  const auto ask = [&](const std::string& method, const std::string& accepted) {
    return answer_to(method + " /metrics?name[]=asio_loop_busy_seconds_total&" +
                     "name[]=asio_handler_duration_seconds HTTP/1.1\r\nHost: x\r\n" +
                     "Accept-Encoding: " + accepted + "\r\nConnection: close\r\n\r\n");
  };
  const std::string plain = ask("GET", "deflate");
  const std::string packed = ask("GET", "deflate, gzip;q=0.9");
  EXPECT_THAT(head_of(plain), Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(head_of(plain), HasSubstr("\r\nVary: Accept, Accept-Encoding\r\n"));
  EXPECT_THAT(head_of(packed), HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(head_of(packed), HasSubstr("\r\nVary: Accept, Accept-Encoding\r\n"));
  EXPECT_THAT(head_of(packed),
              HasSubstr("\r\nContent-Length: " + std::to_string(body_of(packed).size()) + "\r\n"));
  EXPECT_LT(body_of(packed).size(), body_of(plain).size() / 2);
  EXPECT_EQ(testing::gunzip(body_of(packed)), body_of(plain));
  EXPECT_EQ(without_date(head_of(ask("HEAD", "gzip"))), without_date(head_of(packed)));
}

TEST_F(endpoint_test, short_pages_are_not_gzipped) {
  const std::string answer = answer_to(
      "GET /healthz HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(body_of(answer), "ok\n");
  EXPECT_THAT(head_of(answer), HasSubstr("\r\nVary: Accept, Accept-Encoding\r\n"));
}

TEST_F(endpoint_test, only_the_families_that_are_named) {
  const std::string loops = body_of(get("/metrics?name[]=asio_loop_threads"));
  EXPECT_THAT(loops, StartsWith("# HELP asio_loop_threads "));
  EXPECT_THAT(loops, HasSubstr("\nasio_loop_threads{loop=\"main\"} 2\n"));
  EXPECT_THAT(loops, Not(HasSubstr("asio_loop_pending_handlers")));
  const std::string two = body_of(
      get("/metrics?name%5B%5D=asio%5floop_threads&x&debug=1&name[]=asio_loop_pending_handlers"));
  EXPECT_THAT(two, AllOf(HasSubstr("\nasio_loop_threads{"),
                         HasSubstr("\nasio_loop_pending_handlers{"), Not(HasSubstr("asioscope_"))));
  EXPECT_THAT(body_of(get("/metrics?names[]=asio_loop_threads")), HasSubstr("asioscope_"));
}

TEST_F(endpoint_test, names_that_do_not_exist_leave_an_empty_text) {
  for (const char* query : {"name[]=nothing", "name[]=", "name[]", "name[]=asio_loop_thread",
                            "name[]=asio_handler_duration_seconds_bucket"}) {
    const std::string answer = get(std::string("/metrics?") + query);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n")) << query;
    EXPECT_EQ(body_of(answer), "") << query;
  }
}

TEST_F(endpoint_test, a_query_that_cannot_be_decoded_is_a_bad_request) {
  for (const char* query : {"name[]=%", "name[]=%4", "%zz=1", "name[]=%+1", "name[]=%%41"}) {
    EXPECT_THAT(get(std::string("/metrics?") + query), StartsWith("HTTP/1.1 400 ")) << query;
  }
}

TEST_F(endpoint_test, other_methods_are_told_which_there_are) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) {
    const std::string answer = answer_to(
        std::string(method) + " /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
  EXPECT_THAT(get("/healthz"), Not(HasSubstr("Allow:")));
}

TEST_F(endpoint_test, a_request_with_content_is_refused_without_waiting_for_it) {
  EXPECT_THAT(answer_to("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nConnection: close\r\n")));
  EXPECT_THAT(answer_to("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("\r\nConnection: close\r\n")));
  EXPECT_THAT(answer_to("GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("\r\nConnection: close\r\n")));
}

TEST_F(endpoint_test, rubbish_is_a_bad_request) {
  for (const std::string request :
       {"rubbish\r\n\r\n", "GET  /metrics HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nBad Header: x\r\n\r\n", "GET /me\x01trics HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"}) {
    EXPECT_THAT(answer_to(request), AllOf(StartsWith("HTTP/1.1 400 Bad Request\r\n"),
                                          HasSubstr("\r\nConnection: close\r\n")))
        << request;
  }
}

TEST_F(endpoint_test, http_1_1_without_host_is_a_bad_request) {
  EXPECT_THAT(answer_to("GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(endpoint_test, other_versions_are_not_spoken) {
  for (const char* version : {"HTTP/2.0", "HTTP/0.9", "HTTQ/1.1"}) {
    EXPECT_THAT(answer_to("GET /metrics " + std::string(version) + "\r\nHost: x\r\n\r\n"),
                StartsWith("HTTP/1.1 505 "))
        << version;
  }
}

TEST_F(endpoint_test, headers_are_capped) {
  EXPECT_THAT(answer_to("GET /metrics HTTP/1.1\r\nHost: x\r\nCookie: " + std::string(10'000, 'x') +
                        "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_to("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  std::string many = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 2000; ++i)
    many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_THAT(answer_to(many + "\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(endpoint_test, a_connection_serves_many_requests) {
  const peer client(tested.port());
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  std::string first;
  for (int i = 0; i < 10; ++i) {
    client.send(request);
    while (first.find("ok\n") == std::string::npos) {
      const std::string more = client.receive(1);
      ASSERT_FALSE(more.empty());
      first += more;
    }
    EXPECT_THAT(first, Not(HasSubstr("Connection:")));
    first.clear();
  }
}

TEST_F(endpoint_test, pipelined_requests_are_answered_in_order) {
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                           : "HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  const std::string answers =
      answer_to(requests + "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  std::vector<std::string> statuses;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string::npos; at += 9) {
    statuses.push_back(answers.substr(at + 9, 3));
  }
  ASSERT_EQ(statuses.size(), 51U);
  for (std::size_t i = 0; i < 50; ++i)
    EXPECT_EQ(statuses[i], i % 2 == 0 ? "200" : "404");
  EXPECT_THAT(answers, HasSubstr("asio_loop_threads"));
}

TEST_F(endpoint_test, a_request_may_come_byte_by_byte) {
  const peer client(tested.port());
  for (const char c :
       std::string("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
    client.send({&c, 1});
  }
  EXPECT_EQ(body_of(client.receive_all()), "ok\n");
}

TEST_F(endpoint_test, http_1_0_closes_unless_asked) {
  const std::string answer = answer_to("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head_of(answer), HasSubstr("\r\nConnection: close\r\n"));
  const std::string request = "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  const std::string two = answer_to(request + request + "GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(two, HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_EQ(two.find("ok\n", two.find("ok\n") + 1) != std::string::npos, true);
}

TEST_F(endpoint_test, a_collection_that_throws_is_an_error_500_and_counted) {
  set_source([]() -> schema::snapshot { throw std::runtime_error("the table is on fire"); });
  const std::string answer = get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(body_of(answer), HasSubstr("the table is on fire"));
  set_source([]() -> schema::snapshot { throw 42; });  // NOLINT(hicpp-exception-baseclass)
  EXPECT_THAT(get("/metrics"), StartsWith("HTTP/1.1 500 "));
  set_source(sample_snapshot);
  EXPECT_THAT(get("/metrics"), HasSubstr("\nasioscope_collect_errors_total 2\n"));
}

TEST_F(endpoint_test, idle_connections_do_not_lock_anybody_out) {
  std::vector<peer> idle;
  for (int i = 0; i < 100; ++i) {
    idle.emplace_back(tested.port());
    idle.back().send("GET /metrics HTTP/1.1\r\nHo");
  }
  EXPECT_THAT(get("/metrics"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(endpoint_test, concurrent_scrapers_see_counters_that_only_grow) {
  std::atomic<bool> right{true};
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 16; ++i) {
    scrapers.emplace_back([&] {
      double before = 0;
      for (int n = 0; n < 5; ++n) {
        const std::string answer = get("/metrics");
        const std::size_t at = answer.find("\nasioscope_scrapes_total ");
        const double now = at == std::string::npos ? 0 : std::stod(answer.substr(at + 25));
        if (now <= before) right = false;
        before = now;
      }
    });
  }
  for (std::thread& each : scrapers)
    each.join();
  EXPECT_TRUE(right);
  EXPECT_THAT(get("/metrics"), HasSubstr("\nasioscope_scrapes_total 81\n"));
}

TEST_F(endpoint_test, may_be_stopped_during_a_scrape) {
  std::promise<void> begun;
  std::promise<void> go_on;
  set_source([&] {
    begun.set_value();
    go_on.get_future().wait();
    return sample_snapshot();
  });
  std::thread scraper([&] { static_cast<void>(get("/metrics")); });
  begun.get_future().wait();
  std::thread stopper([&] { tested.stop(); });
  go_on.set_value();
  stopper.join();
  scraper.join();
  EXPECT_FALSE(peer(tested.port()).connected());
}

class guarded_endpoint_test : public ::testing::Test {
 protected:
  endpoint tested{{.address = "127.0.0.1:0",
                   .collect = {.source = sample_snapshot},
                   .token = "s3cret-token=="}};

  std::string ask(const std::string& path, const std::string& headers) {
    const peer client(tested.port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
    return client.receive_all();
  }
};

TEST_F(guarded_endpoint_test, who_knows_the_token_gets_the_pages) {
  for (const char* path : {"/metrics", "/"}) {
    EXPECT_THAT(ask(path, "Authorization: Bearer s3cret-token==\r\n"), StartsWith("HTTP/1.1 200 "))
        << path;
  }
  EXPECT_THAT(ask("/metrics", "authorization:   bEARER   s3cret-token==  \r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(guarded_endpoint_test, who_does_not_is_told_how_to_ask) {
  for (const char* header :
       {"", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
        "Authorization: s3cret-token==\r\n", "Authorization: Basic s3cret-token==\r\n",
        "Authorization: Bearer s3cret-token=\r\n", "Authorization: Bearer s3cret-token===\r\n",
        "Authorization: Bearer S3cret-token==\r\n", "Authorization: Bearers3cret-token==\r\n",
        "Authorization: Bearer s3cret-token== x\r\n",
        "Authorization: Bearer x\r\nAuthorization: Bearer s3cret-token==\r\n"}) {
    for (const char* path : {"/metrics", "/"}) {
      const std::string answer = ask(path, header);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 Unauthorized\r\n")) << header;
      EXPECT_THAT(answer, HasSubstr("\r\nWWW-Authenticate: Bearer realm=\"asioscope\"\r\n"));
      EXPECT_THAT(answer, AllOf(Not(HasSubstr("asio_")), Not(HasSubstr("s3cret"))));
    }
  }
}

TEST_F(guarded_endpoint_test, health_is_told_to_everybody) {
  for (const char* path : {"/healthz", "/livez", "/readyz"}) {
    EXPECT_THAT(ask(path, ""), Not(StartsWith("HTTP/1.1 401"))) << path;
  }
}

TEST(endpoint_address_test, a_token_may_come_from_a_file) {
  const scratch_folder folder;
  std::ofstream(folder / "token") << " from-a-file\n\n";
  endpoint tested({.address = "127.0.0.1:0",
                   .collect = {.source = sample_snapshot},
                   .token_file = folder / "token"});
  const auto ask = [&](const std::string& token) {
    const peer client(tested.port());
    client.send("GET /metrics HTTP/1.0\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    return client.receive_all();
  };
  EXPECT_THAT(ask("from-a-file"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask("else"), StartsWith("HTTP/1.1 401 "));
}

TEST(endpoint_address_test, a_token_that_cannot_be_used_is_refused_and_not_shown) {
  const scratch_folder folder;
  std::ofstream(folder / "empty") << " \n";
  std::ofstream(folder / "blank") << "shh hush";
  std::ofstream(folder / "long") << "shh" << std::string(10'000, 'x');
  const auto complaint = [&](const std::string& token, const std::string& file) -> std::string {
    try {
      const endpoint tested({.address = "127.0.0.1:0",
                             .token = token,
                             .token_file = file.empty() ? "" : folder / file});
      return "none";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  EXPECT_THAT(complaint("", "empty"), HasSubstr("there is no token for metrics in "));
  EXPECT_THAT(complaint("", "nowhere"), HasSubstr("cannot read the token for metrics from "));
  EXPECT_THAT(complaint("", "."), HasSubstr("for metrics"));
  EXPECT_THAT(complaint("shh", "blank"), HasSubstr("only one of them"));
  for (const std::string& said : {complaint("", "blank"), complaint("", "long"),
                                  complaint("shh\nX: y", ""), complaint("shh\xe4", "")}) {
    EXPECT_THAT(said, AllOf(HasSubstr("visible ASCII"), Not(HasSubstr("shh"))));
  }
}

TEST(endpoint_address_test, a_unix_socket_is_served_to_this_user_only) {
  const scratch_folder folder;
  const std::filesystem::path path = folder / "metrics.sock";
  for (const std::string& address : {path.native(), "unix:" + path.native()}) {
    endpoint tested({.address = address, .collect = {.source = sample_snapshot}});
    EXPECT_EQ(tested.url(), "unix:" + path.native());
    EXPECT_EQ(tested.port(), 0);
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
    const std::string got = folder / "got";
    ASSERT_EQ(std::system(("curl --silent --fail --max-time 20 --compressed --unix-socket " +
                           path.native() + " http://localhost/metrics >" + got)
                              .c_str()),
              0);
    std::ifstream file(got);
    EXPECT_THAT(std::string(std::istreambuf_iterator<char>(file), {}),
                HasSubstr("\nasio_loop_threads{loop=\"main\"} 2\n"));
    tested.stop();
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST(endpoint_address_test, a_taken_port_leads_to_the_next_free_one) {
  const net::listener taken = net::listener::tcp({"127.0.0.1", 0});
  endpoint tested({.address = taken.address(), .collect = {.source = sample_snapshot}});
  EXPECT_GT(tested.port(), taken.port());
  EXPECT_LE(tested.port(), taken.port() + 63);
  EXPECT_EQ(tested.url(), "http://127.0.0.1:" + std::to_string(tested.port()) + "/metrics");
}

TEST(endpoint_address_test, the_search_may_be_forbidden) {
  const net::listener taken = net::listener::tcp({"127.0.0.1", 0});
  EXPECT_THROW(endpoint({.address = taken.address(), .ports = 1}), std::system_error);
}

TEST(endpoint_address_test, what_is_no_address_is_refused) {
  EXPECT_THROW(endpoint({.address = "example.org:80"}), std::invalid_argument);
  EXPECT_THROW(endpoint({.address = "unix:"}), std::invalid_argument);
  EXPECT_THROW(endpoint({.address = "relative/path"}), std::invalid_argument);
}

TEST(endpoint_address_test, the_port_is_free_again_at_once) {
  std::uint16_t port = 0;
  for (int i = 0; i < 3; ++i) {
    endpoint tested({.address = "127.0.0.1:" + std::to_string(port),
                     .ports = 1,
                     .collect = {.source = sample_snapshot}});
    port = tested.port();
    const peer client(port);
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.receive_all(), EndsWith("ok\n"));
  }
}

}  // namespace
}  // namespace asioscope::metrics
