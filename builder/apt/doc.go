// Package apt fetches Debian packages as files, with the apt tools of the host:
// no root, nothing installed. The tools check the packages' signatures and
// follow the host's sources and proxies, which is why no mirror is named here.
//
// Not supported: hosts without apt (use a cache that was filled elsewhere).
package apt
