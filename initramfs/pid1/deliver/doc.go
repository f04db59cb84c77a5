// Package deliver brings the report of a run to where an unattended machine's
// owner reads it. Places, as bootmend.report= names them, separated by commas:
//
//	disk          JSON and text in \bootmend\reports of the repaired Windows volume,
//	              written by the repair's own transaction (package repair); a disk
//	              that is healthy, or cannot be repaired, gets none
//	serial        JSON over the serial port, framed
//	usb           JSON and text in \bootmend\reports of a USB stick with the label
//	              BOOTMEND
//	http://, https://  JSON by POST; tried again when the network or the server fails
//
// # The frame on the serial port
//
// The report is a PEM block (RFC 7468) of the type BOOTMEND REPORT, between lines
// that say nothing else:
//
//	-----BEGIN BOOTMEND REPORT-----
//	Content-Encoding: gzip
//	Content-Type: application/json
//	Length: 12345
//	SHA-256: 64 hexadecimal digits
//
//	base64 in lines of 64 characters
//	-----END BOOTMEND REPORT-----
//
// Length and SHA-256 are those of the JSON, after unpacking. Lines end with CR LF,
// as on every terminal. While the block is sent, the kernel writes no messages of
// its own. Cut takes a block out of what a console said; so does
//
//	sed -n '/BEGIN BOOTMEND REPORT/,/END BOOTMEND REPORT/p' console.log |
//	  tr -d '\r' | sed '1,/^$/d;$d' | base64 -d | gunzip
package deliver
