// SPDX-License-Identifier: BSL-1.0
// TLS over a socket pair, with a certificate made on the spot.
#include "scenario.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using local = asio::local::stream_protocol;
using stream = ssl::stream<local::socket>;

namespace {

constexpr int messages = 20;
const std::string message = "what is said in confidence";

template <class Object, void (*Free)(Object*)>
struct freed {
  void operator()(Object* object) const { Free(object); }
};

void give_certificate(ssl::context& context) {
  const std::unique_ptr<EVP_PKEY, freed<EVP_PKEY, EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, freed<X509, X509_free>> certificate(X509_new());
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  SSL_CTX_use_certificate(context.native_handle(), certificate.get());
  SSL_CTX_use_PrivateKey(context.native_handle(), key.get());
}

asio::awaitable<void> echo(stream& peer) {
  co_await peer.async_handshake(stream::server, asio::use_awaitable);
  std::string heard(message.size(), ' ');
  for (int i = 0; i < messages; ++i) {
    co_await asio::async_read(peer, asio::buffer(heard), asio::use_awaitable);
    co_await asio::async_write(peer, asio::buffer(heard), asio::use_awaitable);
  }
}

}  // namespace

CONFIGURATIONS_SCENARIO(ssl_stream) {
  asio::io_context loop;
  ssl::context server_context(ssl::context::tls_server);
  ssl::context client_context(ssl::context::tls_client);
  give_certificate(server_context);
  stream server(loop, server_context);
  stream client(loop, client_context);
  asio::local::connect_pair(server.next_layer(), client.next_layer());

  std::exception_ptr failed;
  asio::co_spawn(loop, echo(server), [&](std::exception_ptr error) { failed = error; });
  t.tasks = 1;
  int echoed = 0;
  std::string heard(message.size(), ' ');
  const std::function<void(boost::system::error_code)> speak =
      [&](boost::system::error_code error) {
        if (error || echoed == messages) return;
        asio::async_write(
            client, asio::buffer(message), [&](boost::system::error_code, std::size_t) {
              asio::async_read(client, asio::buffer(heard),
                               [&](boost::system::error_code read_error, std::size_t) {
                                 echoed += heard == message ? 1 : 0;
                                 speak(read_error);
                               });
            });
      };
  client.async_handshake(stream::client, speak);
  t.ran_on_this_thread(loop.run());
  t.check_now("after run");
  t.expect(failed == nullptr && echoed == messages, "every message is echoed");
}
