// peer: Go's net/http with one client, which keeps its connection. The connection is warm; signing
// is done at the trigger. The page and its offsets: page.hpp.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const (
	pageBytes          = 4096
	triggerAt          = 0
	stateAt            = 64
	doneAt             = 128
	doneNsAt           = 136
	seenNsAt           = 144
	stopAt             = 192
	keyAt              = 256
	secretAt           = 320
	identityAt         = 384
	textBytes          = 64
	warmUpRequests     = 2
	spinsBetweenDoubts = 1 << 20
	idleMax            = 120 * time.Second
	clockMonotonic     = 1
)

func giveUp(sentence string) {
	fmt.Fprintln(os.Stderr, "peer_go: "+sentence)
	os.Exit(1)
}

// Go's own monotonic readings cannot be compared with another process's: this asks the kernel.
func monotonicNs() uint64 {
	var at syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&at)), 0)
	return uint64(at.Nano())
}

type page struct {
	bytes  []byte
	last   uint64
	seenNs uint64
	parent int
}

func openPage(file string) *page {
	fd, err := syscall.Open(file, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		giveUp("open its page: " + err.Error())
	}
	bytes, err := syscall.Mmap(fd, 0, pageBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		giveUp("map its page: " + err.Error())
	}
	syscall.Close(fd)
	opened := &page{bytes: bytes, parent: os.Getppid()}
	opened.last = atomic.LoadUint64(opened.field(triggerAt))
	return opened
}

func (p *page) field(at int) *uint64 { return (*uint64)(unsafe.Pointer(&p.bytes[at])) }

func (p *page) text(at int) string {
	text, _, _ := strings.Cut(string(p.bytes[at:at+textBytes]), "\x00")
	return text
}

func (p *page) sayReady() { atomic.StoreUint64(p.field(stateAt), 1) }

// Spins; true: fire now. False: the venue wants no more. Exits when nobody is there.
func (p *page) waitForTrigger() bool {
	since := time.Now()
	trigger, stop := p.field(triggerAt), p.field(stopAt)
	for spin := 1; ; spin++ {
		if seen := atomic.LoadUint64(trigger); seen != p.last {
			p.seenNs = monotonicNs()
			p.last = seen
			return true
		}
		if atomic.LoadUint64(stop) == 1 {
			return false
		}
		if spin%spinsBetweenDoubts != 0 {
			continue
		}
		if os.Getppid() != p.parent {
			giveUp("its venue is gone")
		}
		if time.Since(since) > idleMax {
			giveUp("no trigger in 120 s")
		}
	}
}

func (p *page) sayDone() {
	atomic.StoreUint64(p.field(seenNsAt), p.seenNs)
	atomic.StoreUint64(p.field(doneNsAt), monotonicNs())
	atomic.StoreUint64(p.field(doneAt), p.last)
}

type signer struct{ key, secret, identity string }

type claim struct {
	Identity string `json:"identity"`
	Nonce    int64  `json:"nonce"`
}

func (s signer) sign(request *http.Request) {
	text, err := json.Marshal(claim{s.identity, time.Now().UnixMilli()})
	if err != nil {
		giveUp(err.Error())
	}
	payload := base64.StdEncoding.EncodeToString(text)
	digest := hmac.New(sha512.New384, []byte(s.secret))
	digest.Write([]byte(payload))
	request.Header.Set("X-BITOPRO-APIKEY", s.key)
	request.Header.Set("X-BITOPRO-PAYLOAD", payload)
	request.Header.Set("X-BITOPRO-SIGNATURE", hex.EncodeToString(digest.Sum(nil)))
}

// The venue listens on 127.0.0.1 only: no look-up, no vain try of ::1. TCP_NODELAY is Go's default.
func newClient(port, caFile string) *http.Client {
	pem, err := os.ReadFile(caFile)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		giveUp("cannot read " + caFile)
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, "127.0.0.1:"+port)
	}
	return &http.Client{Transport: &http.Transport{
		DialContext:     dial,
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}}
}

func cancelAll(client *http.Client, url string, signer signer) {
	request, err := http.NewRequest(http.MethodDelete, url, nil)
	if err != nil {
		giveUp(err.Error())
	}
	request.Header.Set("Accept", "application/json")
	signer.sign(request)
	response, err := client.Do(request)
	if err != nil {
		giveUp(err.Error())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body) // to its end, or the connection is not used again
	if err != nil || response.StatusCode != http.StatusOK {
		giveUp("answered: " + response.Status + " " + string(body))
	}
}

func main() {
	if len(os.Args) != 4 {
		giveUp("usage: PAGE_FILE PORT CA_FILE")
	}
	page := openPage(os.Args[1])
	port := os.Args[2]
	client := newClient(port, os.Args[3])
	url := "https://localhost:" + port + "/v3/orders/all"
	signer := signer{page.text(keyAt), page.text(secretAt), page.text(identityAt)}
	for i := 0; i < warmUpRequests; i++ {
		cancelAll(client, url, signer)
	}
	page.sayReady()
	for page.waitForTrigger() {
		cancelAll(client, url, signer)
		page.sayDone()
	}
}
