// Package copyout copies files from the rescue image to another machine, by SSH: what
// people do first when a disk is dying. The files come from mounted volumes, and the
// other side needs an SSH server with SFTP, as OpenSSH has.
//
// Nothing is known of the other machine beforehand: the fingerprint of its host key is
// shown and has to be confirmed, once as long as the image runs. A file gets its name
// over there when it is complete, and one that is there already stays.
//
// The protocol is golang.org/x/crypto/ssh, the file transfer github.com/pkg/sftp, which
// the image's SSH server (package remote) has in any case.
package copyout
