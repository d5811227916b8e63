// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/readable_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace asioscope::watchdog;

struct row {
  std::string_view text;
  std::string_view name;
};

// The long texts are what the compilers printed for a small program against Boost 1.81.

TEST(readable_handler_name, understands_types_as_gcc_writes_them) {
  const std::vector<row> rows{
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<app::Server::posted()::<"
       "lambda()> >, std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "app::Server::posted() lambda"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<app::cache<std::__cxx11::"
       "basic_string<char>, std::vector<int> >::refresh(boost::asio::io_context&)::<lambda()> >, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "app::cache::refresh() lambda"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<app::{anonymous}::in_anon("
       "boost::asio::io_context&)::<lambda()> >, std::allocator<void>, "
       "boost::asio::detail::scheduler_operation>",
       "app::in_anon() lambda"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<boost::asio::experimental::"
       "detail::parallel_group_op_handler<0, boost::asio::experimental::wait_for_all, "
       "main()::<lambda(auto:59 ...)>, main()::<lambda(auto:57)>, main()::<lambda(auto:58)> > >, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "main() lambda"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<functor>, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "functor"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<std::_Bind<void (*())()> >, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "function pointer"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<std::_Bind<void "
       "(app::Server::*(app::Server*))()> >, std::allocator<void>, "
       "boost::asio::detail::scheduler_operation>",
       "app::Server member function"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<std::function<void()> >, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "std::function"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<wrap_generic<main()::<lambda("
       ")> >(boost::asio::io_context&, main()::<lambda()>)::<lambda()> >, std::allocator<void>, "
       "boost::asio::detail::scheduler_operation>",
       "wrap_generic() lambda"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder1<boost::asio::executor_binder<"
       "app::Server::again()::<lambda(boost::system::error_code)>, "
       "boost::asio::strand<boost::asio::io_context::basic_executor_type<std::allocator<void>, 0> "
       "> >, boost::system::error_code>, std::allocator<void>, "
       "boost::asio::detail::scheduler_operation>",
       "app::Server::again() lambda"},
      {"boost::asio::detail::executor_op<boost::asio::detail::executor_function, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "executor_function"},
      {"boost::asio::detail::executor_op<boost::asio::detail::strand_executor_service::invoker<"
       "const boost::asio::io_context::basic_executor_type<std::allocator<void>, 0>, void>, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "strand"},
      {"boost::asio::detail::reactive_socket_accept_op<boost::asio::basic_socket<boost::asio::ip::"
       "tcp, boost::asio::any_io_executor>, boost::asio::ip::tcp, "
       "app::Server::start()::<lambda(boost::system::error_code)>, boost::asio::any_io_executor>",
       "app::Server::start() lambda"},
      {"boost::asio::detail::reactive_socket_connect_op<boost::beast::basic_stream<boost::asio::ip:"
       ":tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>::ops::connect_op<main()::<lambda(boost::beast::error_"
       "code)> >, boost::asio::any_io_executor>",
       "main() lambda"},
      {"boost::asio::detail::reactive_socket_move_accept_op<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor, "
       "boost::asio::detail::awaitable_handler<boost::asio::any_io_executor, "
       "boost::system::error_code, boost::asio::basic_stream_socket<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor> >, boost::asio::any_io_executor>",
       "coroutine"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::asio::mutable_buffers_1, "
       "boost::asio::detail::as_tuple_handler<boost::asio::detail::awaitable_handler<boost::asio::"
       "any_io_executor, std::tuple<boost::system::error_code, long unsigned int> > >, "
       "boost::asio::any_io_executor>",
       "coroutine"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::asio::mutable_buffers_1, "
       "boost::asio::detail::redirect_error_handler<boost::asio::detail::awaitable_handler<boost::"
       "asio::any_io_executor, long unsigned int> >, boost::asio::any_io_executor>",
       "coroutine"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::asio::mutable_buffers_1, "
       "boost::asio::detail::read_until_delim_op_v2<boost::asio::basic_stream_socket<boost::asio::"
       "ip::tcp>, boost::asio::dynamic_string_buffer<char, std::char_traits<char>, "
       "std::allocator<char> >, app::Server::read()::<lambda(boost::system::error_code, "
       "std::size_t)> >, boost::asio::any_io_executor>",
       "app::Server::read() lambda"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::asio::mutable_buffers_1, functor, "
       "boost::asio::any_io_executor>",
       "functor"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::beast::buffers_prefix_view<boost::asio:"
       ":mutable_buffer>, boost::beast::basic_stream<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor, boost::beast::unlimited_rate_policy>::ops::transfer_op<true, "
       "boost::asio::mutable_buffer, "
       "boost::asio::detail::composed_op<boost::beast::http::detail::read_some_op<boost::beast::"
       "basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, boost::beast::basic_flat_buffer<std::allocator<char> "
       ">, false>, boost::asio::detail::composed_work<void(boost::asio::any_io_executor)>, "
       "boost::asio::detail::composed_op<boost::beast::http::detail::read_op<boost::beast::basic_"
       "stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, boost::beast::basic_flat_buffer<std::allocator<char> "
       ">, false, boost::beast::http::detail::parser_is_done>, "
       "boost::asio::detail::composed_work<void(boost::asio::any_io_executor)>, "
       "boost::beast::http::detail::read_msg_op<boost::beast::basic_stream<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor, boost::beast::unlimited_rate_policy>, "
       "boost::beast::basic_flat_buffer<std::allocator<char> >, false, "
       "boost::beast::http::basic_string_body<char>, std::allocator<char>, "
       "main()::<lambda(boost::beast::error_code)>::<lambda(boost::beast::error_code, "
       "std::size_t)>::<lambda(boost::beast::error_code, std::size_t)> >, "
       "void(boost::system::error_code, long unsigned int)>, void(boost::system::error_code, long "
       "unsigned int)> >, boost::asio::any_io_executor>",
       "main() lambda"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::beast::buffers_prefix_view<boost::asio:"
       ":mutable_buffer>, boost::beast::basic_stream<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor, boost::beast::unlimited_rate_policy>::ops::transfer_op<true, "
       "boost::asio::mutable_buffer, "
       "boost::asio::detail::composed_op<boost::beast::http::detail::read_some_op<boost::beast::"
       "basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, boost::beast::basic_flat_buffer<std::allocator<char> "
       ">, true>, boost::asio::detail::composed_work<void(boost::asio::any_io_executor)>, "
       "boost::asio::detail::composed_op<boost::beast::http::detail::read_op<boost::beast::basic_"
       "stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, boost::beast::basic_flat_buffer<std::allocator<char> "
       ">, true, boost::beast::http::detail::parser_is_done>, "
       "boost::asio::detail::composed_work<void(boost::asio::any_io_executor)>, "
       "boost::beast::http::detail::read_msg_op<boost::beast::basic_stream<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor, boost::beast::unlimited_rate_policy>, "
       "boost::beast::basic_flat_buffer<std::allocator<char> >, true, "
       "boost::beast::http::basic_string_body<char>, std::allocator<char>, "
       "boost::beast::detail::bind_front_wrapper<void (http_session::*)(boost::system::error_code, "
       "long unsigned int), std::shared_ptr<http_session> > >, void(boost::system::error_code, "
       "long unsigned int)>, void(boost::system::error_code, long unsigned int)> >, "
       "boost::asio::any_io_executor>",
       "http_session member function"},
      {"boost::asio::detail::reactive_socket_send_op<boost::beast::buffers_prefix_view<boost::"
       "beast::detail::buffers_ref<boost::beast::buffers_prefix_view<const "
       "boost::beast::buffers_suffix<boost::beast::buffers_cat_view<boost::beast::detail::buffers_"
       "ref<boost::beast::buffers_cat_view<boost::asio::const_buffer, boost::asio::const_buffer, "
       "boost::asio::const_buffer, boost::beast::http::basic_fields<std::allocator<char> "
       ">::writer::field_range, boost::beast::http::chunk_crlf> >, boost::asio::const_buffer> >&> "
       "> >, boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>::ops::transfer_op<false, "
       "boost::beast::detail::buffers_ref<boost::beast::buffers_prefix_view<const "
       "boost::beast::buffers_suffix<boost::beast::buffers_cat_view<boost::beast::detail::buffers_"
       "ref<boost::beast::buffers_cat_view<boost::asio::const_buffer, boost::asio::const_buffer, "
       "boost::asio::const_buffer, boost::beast::http::basic_fields<std::allocator<char> "
       ">::writer::field_range, boost::beast::http::chunk_crlf> >, boost::asio::const_buffer> >&> "
       ">, "
       "boost::beast::http::detail::write_some_op<boost::beast::http::detail::write_op<boost::"
       "beast::http::detail::write_msg_op<http_session::on_read(boost::beast::error_code, "
       "std::size_t)::<lambda(boost::beast::error_code, std::size_t)>, "
       "boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, false, boost::beast::http::basic_string_body<char>, "
       "boost::beast::http::basic_fields<std::allocator<char> > >, "
       "boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, boost::beast::http::detail::serializer_is_done, "
       "false, boost::beast::http::basic_string_body<char>, "
       "boost::beast::http::basic_fields<std::allocator<char> > >, "
       "boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>, false, boost::beast::http::basic_string_body<char>, "
       "boost::beast::http::basic_fields<std::allocator<char> > > >, boost::asio::any_io_executor>",
       "http_session::on_read() lambda"},
      {"boost::asio::detail::resolve_query_op<boost::asio::ip::tcp, "
       "main()::<lambda(boost::system::error_code, "
       "boost::asio::ip::basic_resolver<boost::asio::ip::tcp>::results_type)>, "
       "boost::asio::any_io_executor>",
       "main() lambda"},
      {"boost::asio::detail::signal_handler<main()::<lambda(auto:53, int)>, "
       "boost::asio::any_io_executor>",
       "main() lambda"},
      {"boost::asio::detail::wait_handler<app::{anonymous}::hidden, boost::asio::any_io_executor>",
       "app::hidden"},
      {"boost::asio::detail::wait_handler<boost::asio::cancellation_slot_binder<main()::<lambda("
       "auto:56)>, boost::asio::cancellation_slot>, boost::asio::any_io_executor>",
       "main() lambda"},
      {"boost::asio::detail::wait_handler<boost::asio::detail::promise_handler<void(boost::system::"
       "error_code), std::allocator<void> >, boost::asio::any_io_executor>",
       "future"},
      {"boost::asio::detail::wait_handler<boost::asio::executor_binder<app::Server::again()::<"
       "lambda(boost::system::error_code)>, "
       "boost::asio::strand<boost::asio::io_context::basic_executor_type<std::allocator<void>, 0> "
       "> >, boost::asio::any_io_executor>",
       "app::Server::again() lambda"},
      {"boost::asio::detail::wait_handler<void (*)(const boost::system::error_code&), "
       "boost::asio::any_io_executor>",
       "function pointer"},
      {"boost::asio::detail::wait_handler<app::Server::start()::<lambda(auto:52)>, "
       "boost::asio::any_io_executor>",
       "app::Server::start() lambda"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_handler_name(text), name) << text;
}

TEST(readable_handler_name, understands_types_as_clang_writes_them) {
  const std::vector<row> rows{
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<(lambda at gen.cpp:20:109)>, "
       "std::allocator<void>>",
       "lambda at gen.cpp:20"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<boost::asio::experimental::"
       "detail::parallel_group_op_handler<0, boost::asio::experimental::wait_for_all, (lambda at "
       "gen.cpp:77:178), (lambda at gen.cpp:77:43), (lambda at gen.cpp:77:87)>>, "
       "std::allocator<void>>",
       "lambda at gen.cpp:77"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<functor>, "
       "std::allocator<void>>",
       "functor"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<std::_Bind<void (*())()>>, "
       "std::allocator<void>>",
       "function pointer"},
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<std::function<void ()>>, "
       "std::allocator<void>>",
       "std::function"},
      {"boost::asio::detail::reactive_socket_connect_op<std::_Bind<void "
       "(app::Server::*(app::Server *, std::_Placeholder<1>))(boost::system::error_code)>, "
       "boost::asio::any_io_executor>",
       "app::Server member function"},
      {"boost::asio::detail::executor_op<boost::asio::detail::executor_function, "
       "std::allocator<void>>",
       "executor_function"},
      {"boost::asio::detail::executor_op<boost::asio::detail::strand_executor_service::invoker<"
       "const boost::asio::thread_pool::basic_executor_type<std::allocator<void>, 0>>, "
       "std::allocator<void>>",
       "strand"},
      {"boost::asio::detail::reactive_socket_connect_op<boost::beast::basic_stream<boost::asio::ip:"
       ":tcp>::ops::connect_op<(lambda at gen.cpp:74:40)>, boost::asio::any_io_executor>",
       "lambda at gen.cpp:74"},
      {"boost::asio::detail::wait_handler<boost::asio::detail::awaitable_handler<boost::asio::any_"
       "io_executor, boost::system::error_code>, boost::asio::any_io_executor>",
       "coroutine"},
      {"boost::asio::detail::reactive_socket_recv_op<boost::beast::buffers_prefix_view<net::"
       "mutable_buffer>, boost::beast::basic_stream<boost::asio::ip::tcp>::ops::transfer_op<true, "
       "boost::asio::mutable_buffer, "
       "boost::asio::detail::composed_op<boost::beast::http::detail::read_some_op<boost::beast::"
       "basic_stream<boost::asio::ip::tcp>, boost::beast::basic_flat_buffer<std::allocator<char>>, "
       "true>, boost::asio::detail::composed_work<void (boost::asio::any_io_executor)>, "
       "boost::asio::detail::composed_op<boost::beast::http::detail::read_op<boost::beast::basic_"
       "stream<boost::asio::ip::tcp>, boost::beast::basic_flat_buffer<std::allocator<char>>, true, "
       "boost::beast::http::detail::parser_is_done>, boost::asio::detail::composed_work<void "
       "(boost::asio::any_io_executor)>, "
       "boost::beast::http::detail::read_msg_op<boost::beast::basic_stream<boost::asio::ip::tcp>, "
       "boost::beast::basic_flat_buffer<std::allocator<char>>, true, "
       "boost::beast::http::basic_string_body<char>, std::allocator<char>, "
       "boost::beast::detail::bind_front_wrapper<void (http_session::*)(boost::system::error_code, "
       "unsigned long), std::shared_ptr<http_session>>>, void (boost::system::error_code, unsigned "
       "long)>, void (boost::system::error_code, unsigned long)>>, boost::asio::any_io_executor>",
       "http_session member function"},
      {"boost::asio::detail::reactive_socket_send_op<boost::beast::buffers_prefix_view<boost::"
       "beast::detail::buffers_ref<boost::beast::buffers_prefix_view<const "
       "boost::beast::buffers_suffix<boost::beast::buffers_cat_view<boost::beast::detail::buffers_"
       "ref<boost::beast::buffers_cat_view<boost::asio::const_buffer, boost::asio::const_buffer, "
       "boost::asio::const_buffer, "
       "boost::beast::http::basic_fields<std::allocator<char>>::writer::field_range, "
       "boost::beast::http::chunk_crlf>>, boost::asio::const_buffer>> &>>>, "
       "boost::beast::basic_stream<boost::asio::ip::tcp>::ops::transfer_op<false, "
       "boost::beast::detail::buffers_ref<boost::beast::buffers_prefix_view<const "
       "boost::beast::buffers_suffix<boost::beast::buffers_cat_view<boost::beast::detail::buffers_"
       "ref<boost::beast::buffers_cat_view<boost::asio::const_buffer, boost::asio::const_buffer, "
       "boost::asio::const_buffer, "
       "boost::beast::http::basic_fields<std::allocator<char>>::writer::field_range, "
       "boost::beast::http::chunk_crlf>>, boost::asio::const_buffer>> &>>, "
       "boost::beast::http::detail::write_some_op<boost::beast::http::detail::write_op<boost::"
       "beast::http::detail::write_msg_op<(lambda at gen.cpp:52:111), "
       "boost::beast::basic_stream<boost::asio::ip::tcp>, false, "
       "boost::beast::http::basic_string_body<char>, "
       "boost::beast::http::basic_fields<std::allocator<char>>>, "
       "boost::beast::basic_stream<boost::asio::ip::tcp>, "
       "boost::beast::http::detail::serializer_is_done, false, "
       "boost::beast::http::basic_string_body<char>, "
       "boost::beast::http::basic_fields<std::allocator<char>>>, "
       "boost::beast::basic_stream<boost::asio::ip::tcp>, false, "
       "boost::beast::http::basic_string_body<char>, "
       "boost::beast::http::basic_fields<std::allocator<char>>>>, boost::asio::any_io_executor>",
       "lambda at gen.cpp:52"},
      {"boost::asio::detail::wait_handler<app::(anonymous namespace)::hidden, "
       "boost::asio::any_io_executor>",
       "app::hidden"},
      {"boost::asio::detail::wait_handler<boost::asio::executor_binder<(lambda at gen.cpp:34:78), "
       "boost::asio::strand<boost::asio::io_context::basic_executor_type<std::allocator<void>, "
       "0>>>, boost::asio::any_io_executor>",
       "lambda at gen.cpp:34"},
      {"boost::asio::detail::wait_handler<void (*)(const boost::system::error_code &), "
       "boost::asio::any_io_executor>",
       "function pointer"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_handler_name(text), name) << text;
}

TEST(readable_handler_name, understands_any_place_a_lambda_may_stand_in) {
  const std::vector<row> rows{
      {"{anonymous}::an::go()::<lambda()>", "an::go() lambda"},
      {"{anonymous}::fr()::<lambda(auto:11)>", "fr() lambda"},
      {"n::S<std::map<int, std::__cxx11::basic_string<char> > "
       ">::m<double>(double)::<lambda(int)>::<lambda(auto:12 ...)>",
       "n::S::m() lambda"},
      {"n::S<std::map<int, std::__cxx11::basic_string<char> > >::operator<(int)::<lambda()>",
       "n::S::operator<() lambda"},
      {"n::S<std::map<int, std::__cxx11::basic_string<char> > >::operator "
       "std::string()::<lambda()>",
       "n::S::operator std::string() lambda"},
      {"D::~D()::<lambda(const std::map<int, std::__cxx11::basic_string<char> >&)>",
       "D::~D() lambda"},
      {"<lambda()>::<lambda()>", "lambda"},
      {"(lambda at /home/x/src/server.cpp:12:5)", "lambda at server.cpp:12"},
      {"shop::run()::'lambda'(int)", "shop::run() lambda"},
      {"boost::_bi::bind_t<void, boost::_mfi::mf0<void, chat::room>, "
       "boost::_bi::list1<boost::_bi::value<chat::room*> > >",
       "chat::room"},
      {"asioscope::detail::wrapped<boost::asio::detail::binder1<chat::reader, int> >",
       "chat::reader"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_handler_name(text), name) << text;
}

TEST(readable_handler_name, takes_a_whole_pretty_function_too) {
  EXPECT_EQ(readable_handler_name("const char* name() [with T = app::f()::<lambda(int)>]"),
            "app::f() lambda");
  EXPECT_EQ(readable_handler_name("const char *name() [T = app::reader]"), "app::reader");
  EXPECT_EQ(readable_handler_name(
                "void f() [with T = app::reader; std::string = std::basic_string<char>]"),
            "app::reader");
}

TEST(readable_handler_name, prefers_the_handler_to_other_types_of_the_user) {
  EXPECT_EQ(
      readable_handler_name(
          "boost::asio::detail::reactive_socket_recv_op<app::buffers, "
          "boost::asio::detail::awaitable_handler<boost::asio::any_io_executor>, app::executor>"),
      "coroutine");
  EXPECT_EQ(readable_handler_name("boost::beast::http::detail::read_msg_op<app::stream, app::body, "
                                  "app::f()::<lambda(int)> >"),
            "app::f() lambda");
}

TEST(readable_handler_name, is_never_longer_than_a_hundred_characters_nor_empty) {
  const std::string part(40, 'x');
  const auto name = readable_handler_name(part + "::" + part + "::" + part);
  EXPECT_EQ(name, part + "::" + part);
  EXPECT_EQ(readable_handler_name(std::string(300, 'y')).size(), 100U);
  EXPECT_EQ(readable_handler_name(""), "");
  EXPECT_EQ(readable_handler_name("(("), "((");
}

TEST(readable_handler_name, survives_text_cut_off_anywhere) {
  const std::string_view text =
      "boost::asio::detail::executor_op<boost::asio::detail::binder0<a::operator<(int)::<lambda(b<"
      "int>)> >, "
      "std::_Bind<void (app::Server::*(app::Server*))()>, (lambda at x.cpp:1:2), 'lambda'(int), "
      "$_3, {x}, a->b>";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    EXPECT_FALSE(readable_handler_name(text.substr(0, size)).empty()) << size;
    EXPECT_FALSE(readable_function_name(text.substr(size - 1)).empty()) << size;
  }
}

TEST(readable_code_name, finds_the_handler_behind_erased_code) {
  const std::vector<row> rows{
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::binder0<functor>, "
       "std::allocator<void> >(boost::asio::detail::executor_function::impl_base*, bool)",
       "functor"},
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::binder1<app::Server::"
       "start()::{lambda(auto:1)#1}, boost::system::error_code>, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "app::Server::start() lambda"},
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::binder0<boost::asio::"
       "detail::awaitable_handler<boost::asio::any_io_executor> >, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "coroutine"},
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::binder0<boost::asio::"
       "detail::co_spawn_entry_point<boost::asio::any_io_executor, main::{lambda()#15}, "
       "boost::asio::detail::detached_handler>(boost::asio::awaitable<void, "
       "boost::asio::any_io_executor>*, boost::asio::any_io_executor, main::{lambda()#15}, "
       "boost::asio::detail::detached_handler)::{lambda()#1}>, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "main() lambda"},
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::binder1<boost::beast:"
       ":basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, "
       "boost::beast::unlimited_rate_policy>::timeout_handler<boost::asio::any_io_executor>, "
       "boost::system::error_code>, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "beast::basic_stream::timeout_handler"},
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::move_binder2<main::$_"
       "11, boost::system::error_code, boost::asio::basic_stream_socket<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor> >, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "main() lambda"},
      {"void "
       "boost::asio::detail::executor_function::complete<boost::asio::detail::strand_executor_"
       "service::invoker<boost::asio::any_io_executor const, void>, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "strand"},
      {"boost::asio::detail::wait_handler<functor, "
       "boost::asio::any_io_executor>::do_complete(void*, "
       "boost::asio::detail::scheduler_operation*, boost::system::error_code const&, unsigned "
       "long)",
       "functor"},
      {"app::session(app::session(boost::asio::basic_stream_socket<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor>, std::vector<std::map<std::__cxx11::basic_string<char, "
       "std::char_traits<char>, std::allocator<char> >, int, "
       "std::less<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > "
       ">, std::allocator<std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> > const, int> > >, "
       "std::allocator<std::map<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> >, int, std::less<std::__cxx11::basic_string<char, "
       "std::char_traits<char>, std::allocator<char> > >, "
       "std::allocator<std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> > const, int> > > > > "
       "const&)::_ZN3app7sessionEN5boost4asio19basic_stream_socketINS1_2ip3tcpENS1_15any_io_"
       "executorEEERKSt6vectorISt3mapINSt7__cxx1112basic_stringIcSt11char_"
       "traitsIcESaIcEEEiSt4lessISE_ESaISt4pairIKSE_iEEESaISL_EE.Frame*) [clone .actor]",
       "app::session"},
      {"main::$_13::operator()() const::{lambda()#1}::operator()() const [clone .resume]",
       "main() lambda"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_code_name(text), name) << text;
}

// What the primitives do for themselves, as g++ names it in a program that uses them.
TEST(readable_code_name, names_the_primitive_and_not_what_it_is_made_of) {
  const std::vector<row> rows{
      {"void boost::asio::detail::executor_function::complete<boost::asio::detail::binder0<"
       "asioscope::core::detail::pool_state<app::connection, boost::asio::any_io_executor, "
       "std::mutex, std::chrono::_V2::steady_clock>::report(asioscope::core::pool_leak "
       "const&)::{lambda()#1}>, std::allocator<void> "
       ">(boost::asio::detail::executor_function::impl_base*, bool)",
       "asioscope::core::resource_pool"},
      {"asioscope::core::detail::pipeline_stage<asioscope::core::detail::stage_plan<int, "
       "boost::asio::awaitable<int, boost::asio::any_io_executor> (*)(int)>, "
       "asioscope::core::detail::buffer_input<int, boost::asio::any_io_executor, std::mutex>, "
       "boost::asio::any_io_executor, std::mutex>::work_on(asioscope::core::detail::pipeline_stage<"
       "asioscope::core::detail::stage_plan<int, boost::asio::awaitable<int, "
       "boost::asio::any_io_executor> (*)(int)>, asioscope::core::detail::buffer_input<int, "
       "boost::asio::any_io_executor, std::mutex>, boost::asio::any_io_executor, "
       "std::mutex>::work_on(bool&)::_ZN9asioscope4core6detail14pipeline_stageINS1_10stage_"
       "planIiPFN5boost4asio9awaitableIiNS5_15any_io_executorEEEiEEENS1_12buffer_"
       "inputIiS7_St5mutexEES7_SD_E7work_onERb.Frame*) [clone .actor]",
       "asioscope::core::pipeline"},
      {"asioscope::core::detail::pool_task_of<asioscope::core::detail::task_pool_state<int, "
       "boost::asio::any_io_executor, std::mutex>, int>::run(int) [clone .actor]",
       "asioscope::core::task_pool"},
      {"boost::asio::awaitable<int, boost::asio::any_io_executor> "
       "asioscope::core::basic_retry_policy<std::chrono::_V2::steady_clock>::run<app::fetch>("
       "app::fetch) [clone .resume]",
       "asioscope::core::retry_policy"},
      {"boost::asio::awaitable<void, boost::asio::any_io_executor> "
       "asioscope::core::detail::invoke_guarded<app::fetch>(app::fetch) [clone .resume]",
       "asioscope::core task"},
      {"boost::asio::detail::executor_op<asioscope::core::detail::delivery<asioscope::core::detail:"
       ":"
       "wait_operation<app::on_permit, asioscope::core::detail::semaphore_state<std::mutex> > >, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>::do_complete(void*, "
       "boost::asio::detail::scheduler_operation*, boost::system::error_code const&, unsigned "
       "long)",
       "app::on_permit"},
      {"app::asioscope::core::detail::pool_state::run()",
       "app::asioscope::core::detail::pool_state::run"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_code_name(text), name) << text;
  // In a stack it is the function that is wanted.
  EXPECT_EQ(readable_function_name("asioscope::core::detail::pool_state<int>::report(int)"),
            "asioscope::core::detail::pool_state::report");
}

TEST(readable_handler_name, is_that_of_the_primitive_where_there_is_no_handler) {
  const std::vector<row> rows{
      {"boost::asio::detail::executor_op<boost::asio::detail::binder0<asioscope::core::detail::"
       "pool_state<app::connection, boost::asio::any_io_executor, std::mutex, "
       "std::chrono::_V2::steady_clock>::report(const asioscope::core::pool_leak&)::<lambda()> >, "
       "std::allocator<void>, boost::asio::detail::scheduler_operation>",
       "asioscope::core::resource_pool"},
      {"boost::asio::detail::wait_handler<asioscope::core::detail::deadline_timer<std::chrono::_V2:"
       ":"
       "steady_clock, boost::asio::any_io_executor>::start()::<lambda(const error_code&)>, "
       "boost::asio::any_io_executor>",
       "asioscope::core deadline of a wait"},
      {"asioscope::core::detail::delivery<asioscope::core::detail::wait_operation<app::serve()::<"
       "lambda(boost::system::error_code)>, asioscope::core::detail::semaphore_state<std::mutex> > "
       ">",
       "app::serve() lambda"},
      {"asioscope::core::detail::completed<boost::asio::detail::awaitable_handler<boost::asio::"
       "any_io_executor> >",
       "coroutine"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_handler_name(text), name) << text;
}

TEST(readable_function_name, drops_parameters_return_types_and_clones) {
  const std::vector<row> rows{
      {"app::Svc::run(app::Svc::run(int)::_ZN3app3Svc3runEi.Frame*) [clone .actor]",
       "app::Svc::run"},
      {"app::session(app::session(boost::asio::basic_stream_socket<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor>, std::vector<std::map<std::__cxx11::basic_string<char, "
       "std::char_traits<char>, std::allocator<char> >, int, "
       "std::less<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > "
       ">, std::allocator<std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> > const, int> > >, "
       "std::allocator<std::map<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> >, int, std::less<std::__cxx11::basic_string<char, "
       "std::char_traits<char>, std::allocator<char> > >, "
       "std::allocator<std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> > const, int> > > > > "
       "const&)::_ZN3app7sessionEN5boost4asio19basic_stream_socketINS1_2ip3tcpENS1_15any_io_"
       "executorEEERKSt6vectorISt3mapINSt7__cxx1112basic_stringIcSt11char_"
       "traitsIcESaIcEEEiSt4lessISE_ESaISt4pairIKSE_iEEESaISL_EE.Frame*) [clone .actor]",
       "app::session"},
      {"app::tmpl(app::tmpl<std::vector<int, std::allocator<int> > >(std::vector<int, "
       "std::allocator<int> "
       ">)::_ZN3app4tmplISt6vectorIiSaIiEEEEN5boost4asio9awaitableIvNS5_15any_io_executorEEET_."
       "Frame*) [clone .actor]",
       "app::tmpl"},
      {"main::{lambda()#7}::operator()(main::{lambda()#7}::operator()() "
       "const::_ZZ4mainENKUlvE5_clEv.Frame*) [clone .actor]",
       "main() lambda"},
      {"app::session(boost::asio::basic_stream_socket<boost::asio::ip::tcp, "
       "boost::asio::any_io_executor>, std::vector<std::map<std::__cxx11::basic_string<char, "
       "std::char_traits<char>, std::allocator<char> >, int, "
       "std::less<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > "
       ">, std::allocator<std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> > const, int> > >, "
       "std::allocator<std::map<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> >, int, std::less<std::__cxx11::basic_string<char, "
       "std::char_traits<char>, std::allocator<char> > >, "
       "std::allocator<std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, "
       "std::allocator<char> > const, int> > > > > const&)",
       "app::session"},
      {"boost::asio::awaitable<void, boost::asio::any_io_executor> app::tmpl<std::vector<int, "
       "std::allocator<int> > >(std::vector<int, std::allocator<int> >) [clone .resume]",
       "app::tmpl"},
      {"main::$_5::operator()() const [clone .resume]", "main() lambda"},
      {"boost::asio::experimental::awaitable_operators::operator||(boost::asio::experimental::"
       "awaitable_operators::operator||<int, int, "
       "boost::asio::any_io_executor>(boost::asio::awaitable<int, boost::asio::any_io_executor>, "
       "boost::asio::awaitable<int, "
       "boost::asio::any_io_executor>)::_ZN5boost4asio12experimental19awaitable_operatorsooIiiNS0_"
       "15any_io_executorEEENS0_9awaitableISt7variantIJT_T0_EET1_EENS5_IS7_SA_EENS5_IS8_SA_EE."
       "Frame*) [clone .actor]",
       "boost::asio::experimental::awaitable_operators::operator||"},
      {"app::Server::start()::{lambda()#3}::operator()() const", "app::Server::start() lambda"},
      {"std::vector<int, std::allocator<int> >::operator[](unsigned long)",
       "std::vector::operator[]"},
      {"void std::sort<int*, app::less>(int*, int*, app::less)", "std::sort"},
      {"app::matrix::operator<<(int) const &", "app::matrix::operator<<"},
      {"bool operator< <int>(app::x<int> const&, int)", "operator<"},
      {"app::thing::operator new(unsigned long)", "app::thing::operator new"},
      {"app::name[abi:cxx11](int)", "app::name"},
      {"app::work(int) [clone .cold]", "app::work"},
      {"(anonymous namespace)::work(int)", "work"},
      {"clock_nanosleep", "clock_nanosleep"},
      {"unsigned long app::f<(app::kind)2>(int)", "app::f"},
  };
  for (const auto& [text, name] : rows)
    EXPECT_EQ(readable_function_name(text), name) << text;
}

TEST(is_internal_function, tells_the_library_from_the_user) {
  EXPECT_TRUE(
      is_internal_function("boost::asio::detail::scheduler::run(boost::system::error_code&)"));
  EXPECT_TRUE(is_internal_function("void boost::beast::http::async_read<x>(int)"));
  EXPECT_TRUE(is_internal_function("std::vector<app::x>::push_back(app::x&&)"));
  EXPECT_TRUE(is_internal_function("asioscope::recorder::begin_run()"));
  EXPECT_TRUE(
      is_internal_function("void boost_asio_handler_invoke_helpers::invoke<app::x>(app::x&)"));
  EXPECT_TRUE(is_internal_function("boost_asio_execution_execute_fn::impl::operator()(int)"));
  EXPECT_TRUE(is_internal_function("_ZZZN5boost4asio8co_spawnINS0_10io_contextE"));
  EXPECT_TRUE(is_internal_function("__gthread_mutex_lock(pthread_mutex_t*)"));
  EXPECT_TRUE(is_internal_function("__gthread_mutex_lock"));
  EXPECT_FALSE(is_internal_function("_ZN3app5serveE"));
  EXPECT_FALSE(is_internal_function("app::__serve(int)"));
  EXPECT_FALSE(is_internal_function(""));
  EXPECT_FALSE(is_internal_function("boost::json::parse(std::string_view)"));
  EXPECT_FALSE(is_internal_function("app::session(boost::asio::ip::tcp::socket)"));
  EXPECT_FALSE(is_internal_function("app::f(int)::{lambda()#1}::operator()() const"));
  EXPECT_FALSE(is_internal_function("std::string app::name[abi:cxx11](int)"));
  EXPECT_FALSE(is_internal_function("main"));
}

}  // namespace
