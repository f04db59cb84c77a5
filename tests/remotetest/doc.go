// Package remotetest uses the SSH server of the image as people do: with OpenSSH's
// ssh, sftp and scp.
package remotetest
