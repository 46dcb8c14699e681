// peer_beast: Boost.Beast over OpenSSL, synchronous: how ccapi and many C++ trading clients speak
// to venues. The connection is warm; signing is done at the trigger.
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "peer.hpp"

namespace ks::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

class Client {
public:
    explicit Client(const Peer& peer) : tls_(verifying(peer.ca_file())) {
        stream_.set_verify_callback(asio::ssl::host_name_verification(host));
        SSL_set_tlsext_host_name(stream_.native_handle(), host);
        const auto port = static_cast<u16>(std::stoi(peer.port()));
        beast::get_lowest_layer(stream_).connect({asio::ip::make_address(address), port});
        beast::get_lowest_layer(stream_).socket().set_option(asio::ip::tcp::no_delay(true));
        stream_.handshake(asio::ssl::stream_base::client);
    }

    void cancel_all(const Peer& peer) {
        const Proof proof = peer.sign();
        http::request<http::empty_body> request(http::verb::delete_, path, 11);
        request.set(http::field::host, host);
        request.set(http::field::accept, "application/json");
        request.set("X-BITOPRO-APIKEY", proof.key);
        request.set("X-BITOPRO-PAYLOAD", proof.payload);
        request.set("X-BITOPRO-SIGNATURE", proof.signature);
        http::write(stream_, request);

        http::response<http::string_body> response;
        http::read(stream_, buffer_, response);
        if (response.result() != http::status::ok) give_up("answered: " + response.body());
    }

private:
    // Whole before the stream is made: a stream takes over what its context says at that moment.
    static asio::ssl::context verifying(const std::string& ca_file) {
        asio::ssl::context tls(asio::ssl::context::tls_client);
        tls.load_verify_file(ca_file);
        tls.set_verify_mode(asio::ssl::verify_peer);
        return tls;
    }

    asio::io_context io_;
    asio::ssl::context tls_;
    beast::ssl_stream<beast::tcp_stream> stream_{io_, tls_};
    beast::flat_buffer buffer_;
};

void serve(Peer& peer) {
    Client client(peer);
    for (u32 i = 0; i < warm_up_requests; ++i) client.cancel_all(peer);
    peer.say_ready();
    while (peer.wait_for_trigger()) {
        client.cancel_all(peer);
        peer.say_done();
    }
}

} // namespace
} // namespace ks::bench

int main(int argument_count, char** arguments) {
    ks::bench::Peer peer(argument_count, arguments);
    try {
        ks::bench::serve(peer);
    } catch (const std::exception& failure) {
        ks::bench::give_up(failure.what());
    }
}
