// Package remote is the SSH server of the rescue image: the menu, the shell and the
// files, for whoever has one of the keys that were named when the image was built or
// started. There are no passwords, and nothing is forwarded. The host key is made at
// each start; its fingerprint stands on the console.
//
// The protocol is golang.org/x/crypto/ssh, the file transfer github.com/pkg/sftp.
// Wrappers around them (gliderlabs/ssh and its forks) are kept less well and save
// few lines.
package remote
