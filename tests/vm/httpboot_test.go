package vm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fromHTTP lets the firmware load the ISO into a RAM disk by UEFI HTTP boot. QEMU's own
// network gives the address; what names the URL, in an offer of its own as a proxy does
// (PXE specification 2.1, UEFI specification 24.7.3), sits beside it on a hub.
func fromHTTP(t *testing.T, c *Config) {
	t.Helper()
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	iso := rescueImage(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, iso) })}
	go server.Serve(web)
	t.Cleanup(func() { server.Close() })

	const address = "10.0.2.100"
	wire, cardPort := proxyDHCP(t, "http://"+address+"/bootmend.iso")
	c.More = append(c.More,
		"-netdev", fmt.Sprintf("user,id=net,guestfwd=tcp:%s:80-cmd:%s", address, relay(t, web.Addr())),
		"-netdev", fmt.Sprintf("socket,id=proxy,udp=%s,localaddr=127.0.0.1:%d", wire, cardPort),
		"-netdev", "hubport,id=hub-net,hubid=0,netdev=net", "-netdev", "hubport,id=hub-proxy,hubid=0,netdev=proxy",
		"-netdev", "hubport,id=boot,hubid=0", "-device", "virtio-net-pci,netdev=boot,bootindex=0,romfile=",
		"-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n", "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n")
}

// relay is a command that connects its standard input and output with the server; QEMU
// starts one for each connection.
func relay(t *testing.T, to net.Addr) string {
	t.Helper()
	host, port, err := net.SplitHostPort(to.String())
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "relay")
	text := fmt.Sprintf("#!/bin/bash\nexec 3<>/dev/tcp/%s/%s\ncat <&3 &\ncat >&3\n", host, port)
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return script
}

// proxyDHCP answers discoveries of HTTP boot with the URL. Its network card is a UDP
// socket: one datagram is one Ethernet frame. It returns its address, and the port at
// which QEMU has to listen.
func proxyDHCP(t *testing.T, url string) (address string, qemuPort int) {
	t.Helper()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	qemu := free.LocalAddr()
	free.Close()
	wire, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wire.Close() })
	go func() {
		frame := make([]byte, 2048)
		for {
			n, _, err := wire.ReadFrom(frame)
			if err != nil {
				return // closed
			}
			if offer := offerHTTP(frame[:n], url); offer != nil {
				wire.WriteTo(offer, qemu)
			}
		}
	}()
	return wire.LocalAddr().String(), qemu.(*net.UDPAddr).Port
}

// Sizes of headers: Ethernet, IPv4 without options, UDP, and DHCP before its options
// (RFC 2131), the magic number of which counts to it.
const etherHead, ipHead, udpHead, dhcpHead = 14, 20, 8, 240

// offerHTTP is the answer to a discovery by a client of HTTP boot, nil to all else.
func offerHTTP(frame []byte, url string) []byte {
	const head = etherHead + ipHead + udpHead
	if len(frame) < head+dhcpHead || binary.BigEndian.Uint16(frame[12:]) != 0x0800 || frame[etherHead] != 0x45 || frame[etherHead+9] != 17 ||
		binary.BigEndian.Uint16(frame[etherHead+ipHead+2:]) != 67 {
		return nil
	}
	ask := frame[head:]
	options := dhcpOptions(ask[dhcpHead:])
	if !bytes.Equal(options[53], []byte{1}) || !strings.HasPrefix(string(options[60]), "HTTPClient") {
		return nil
	}
	us := []byte{10, 0, 2, 77}
	dhcp := make([]byte, dhcpHead)
	copy(dhcp, []byte{2, 1, 6})
	copy(dhcp[4:], ask[4:8])       // transaction
	copy(dhcp[10:], ask[10:12])    // flags
	copy(dhcp[20:], us)            // next server; no address for the client: a proxy
	copy(dhcp[28:], ask[28:44])    // hardware address
	copy(dhcp[236:], ask[236:240]) // magic number
	for _, o := range []struct {
		code  byte
		value []byte
	}{{53, []byte{2}}, {54, us}, {60, []byte("HTTPClient")}, {67, []byte(url)}} {
		dhcp = append(append(dhcp, o.code, byte(len(o.value))), o.value...)
	}
	dhcp = append(dhcp, 255)
	for len(dhcp) < 300 { // as BOOTP has it
		dhcp = append(dhcp, 0)
	}
	all := make([]byte, head, head+len(dhcp))
	copy(all, bytes.Repeat([]byte{0xFF}, 6))
	copy(all[6:], []byte{0x52, 0x54, 0, 0, 0, 0x77})
	binary.BigEndian.PutUint16(all[12:], 0x0800)
	ip := all[etherHead:]
	copy(ip, []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17})
	binary.BigEndian.PutUint16(ip[2:], uint16(ipHead+udpHead+len(dhcp)))
	copy(ip[12:], us)
	copy(ip[16:], []byte{255, 255, 255, 255})
	var sum uint32
	for i := 0; i < ipHead; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	binary.BigEndian.PutUint16(ip[10:], ^uint16(sum+sum>>16))
	udp := ip[ipHead:]
	binary.BigEndian.PutUint16(udp, 67)
	binary.BigEndian.PutUint16(udp[2:], 68)
	binary.BigEndian.PutUint16(udp[4:], uint16(udpHead+len(dhcp)))
	return append(all, dhcp...)
}

func dhcpOptions(b []byte) map[byte][]byte {
	all := map[byte][]byte{}
	for len(b) >= 2 && b[0] != 255 {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		n := int(b[1])
		if len(b) < 2+n {
			break
		}
		all[b[0]], b = b[2:2+n], b[2+n:]
	}
	return all
}
