// peer_curl: libcurl with one easy handle, which keeps its connection: how most C and C++ programs
// speak HTTPS. The connection is warm; signing is done at the trigger.
#include <memory>

#include <curl/curl.h>

#include "peer.hpp"

namespace ks::bench {
namespace {

size_t append(char* bytes, size_t size, size_t count, void* answer) {
    static_cast<std::string*>(answer)->append(bytes, size * count);
    return size * count;
}

struct Freed {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, Freed>;

void add(List& list, const std::string& text) {
    curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
    if (!longer) give_up("out of memory");
    (void)list.release(); // a longer list owns its former self
    list.reset(longer);
}

class Client {
public:
    explicit Client(const Peer& peer) : handle_(curl_easy_init()) {
        const std::string place = std::string(host) + ":" + peer.port();
        add(resolved_, place + ":" + address); // no look-up, no vain try of ::1
        set(CURLOPT_RESOLVE, resolved_.get());
        set(CURLOPT_URL, ("https://" + place + path).c_str());
        set(CURLOPT_CUSTOMREQUEST, "DELETE");
        set(CURLOPT_CAINFO, peer.ca_file().c_str()); // host name and chain are checked by default
        set(CURLOPT_TCP_NODELAY, 1L);
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_NOPROXY, "*");
        set(CURLOPT_WRITEFUNCTION, append);
        set(CURLOPT_WRITEDATA, &answer_);
        set(CURLOPT_ERRORBUFFER, error_.data());
    }

    void cancel_all(const Peer& peer) {
        const Proof proof = peer.sign();
        List headers;
        add(headers, "Accept: application/json");
        add(headers, "X-BITOPRO-APIKEY: " + proof.key);
        add(headers, "X-BITOPRO-PAYLOAD: " + proof.payload);
        add(headers, "X-BITOPRO-SIGNATURE: " + proof.signature);
        set(CURLOPT_HTTPHEADER, headers.get());
        answer_.clear();
        if (curl_easy_perform(handle_.get()) != CURLE_OK) give_up(error_.data());
        long status = 0;
        curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status != 200) give_up("answered: " + answer_);
    }

private:
    template<class Value> void set(CURLoption option, Value value) {
        if (curl_easy_setopt(handle_.get(), option, value) != CURLE_OK)
            give_up("libcurl refuses option " + std::to_string(option));
    }

    List resolved_;
    std::unique_ptr<CURL, Freed> handle_;
    std::string answer_;
    std::array<char, CURL_ERROR_SIZE> error_{};
};

} // namespace
} // namespace ks::bench

int main(int argument_count, char** arguments) {
    using namespace ks::bench;
    Peer peer(argument_count, arguments);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    {
        Client client(peer);
        for (ks::u32 i = 0; i < warm_up_requests; ++i) client.cancel_all(peer);
        peer.say_ready();
        while (peer.wait_for_trigger()) {
            client.cancel_all(peer);
            peer.say_done();
        }
    }
    curl_global_cleanup();
}
