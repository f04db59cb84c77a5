// Package apt fetches Debian packages as files, with the apt tools of the host:
// no root, nothing installed. The tools check the signatures of the lists and the
// packages' checksums and follow the host's sources and proxies, which is why no
// mirror is named here.
//
// Packages of another architecture come from lists of their own in a directory; the
// host's dpkg is not told of that architecture.
//
// Not supported: hosts without apt (use a cache that was filled elsewhere).
package apt
