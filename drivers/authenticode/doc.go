// Package authenticode reads signatures of drivers: catalogs (.cat) and what is
// embedded in executables. It tells which digests of files a catalog lists, by whom
// and with which algorithms it says to be signed, and whether the signed content is
// what the signature was made of.
//
//	c, err := authenticode.ParseCatalog(b)
//	ok := c.Lists(digest)
//
// It does not verify a signature against a root: nothing here says that a file is
// to be trusted, only what a given Windows could make of it.
//
// Both are PKCS#7 SignedData (RFC 2315) in DER. A catalog's content is a
// certificate trust list whose members are files, each by its digest; an
// executable's is the digest of the file itself (SpcIndirectDataContent).
//
// Sources: Microsoft, "Windows Authenticode Portable Executable Signature Format";
// MS-CAESO, section on CTLs, for the list; wintrust.h and mscat.h for object
// identifiers; osslsigncode, which tests judge it by.
//
// The standard library's encoding/asn1 cuts the fields; crypto/x509 is not used: it
// refuses certificates that Windows takes, and brings the network into a program
// that has to fit a floppy.
package authenticode
