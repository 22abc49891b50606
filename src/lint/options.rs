//! The options of the tools, from their own types and schemas, and suggestions for misspelled ones.

/// Options of `@ducanh2912/next-pwa` since version 9.
pub const NEXT_PWA: &[&str] = &[
    "aggressiveFrontEndNavCaching",
    "cacheOnFrontEndNav",
    "cacheStartUrl",
    "customWorkerDest",
    "customWorkerPrefix",
    "customWorkerSrc",
    "dest",
    "disable",
    "dynamicStartUrl",
    "dynamicStartUrlRedirect",
    "extendDefaultRuntimeCaching",
    "fallbacks",
    "publicExcludes",
    "register",
    "reloadOnOnline",
    "scope",
    "sw",
    "workboxOptions",
];

/// Options of `next-pwa` itself; it passes all others to Workbox.
pub const OLD_NEXT_PWA: &[&str] = &[
    "buildExcludes",
    "cacheOnFrontEndNav",
    "cacheStartUrl",
    "customWorkerDir",
    "dest",
    "disable",
    "dynamicStartUrl",
    "dynamicStartUrlRedirect",
    "fallbacks",
    "publicExcludes",
    "register",
    "reloadOnOnline",
    "scope",
    "subdomainPrefix",
    "sw",
    "swSrc",
];

/// Options from which Workbox generates a worker, with or without webpack.
pub const GENERATE: &[&str] = &[
    "additionalManifestEntries",
    "babelPresetEnvTargets",
    "cacheId",
    "chunks",
    "cleanupOutdatedCaches",
    "clientsClaim",
    "compileSrc",
    "directoryIndex",
    "disableDevLogs",
    "dontCacheBustURLsMatching",
    "exclude",
    "excludeChunks",
    "globDirectory",
    "globFollow",
    "globIgnores",
    "globPatterns",
    "globStrict",
    "ignoreURLParametersMatching",
    "importScripts",
    "importScriptsViaChunks",
    "include",
    "injectionPoint",
    "inlineWorkboxRuntime",
    "manifestTransforms",
    "maximumFileSizeToCacheInBytes",
    "mode",
    "modifyURLPrefix",
    "navigateFallback",
    "navigateFallbackAllowlist",
    "navigateFallbackDenylist",
    "navigationPreload",
    "offlineGoogleAnalytics",
    "runtimeCaching",
    "skipWaiting",
    "sourcemap",
    "swDest",
    "swSrc",
    "templatedURLs",
    "webpackCompilationPlugins",
];

/// Options of `@serwist/next`.
pub const SERWIST_NEXT: &[&str] = &[
    "additionalPrecacheEntries",
    "cacheOnFrontEndNav",
    "cacheOnNavigation",
    "chunks",
    "compileSrc",
    "disable",
    "disablePrecacheManifest",
    "dontCacheBustURLsMatching",
    "exclude",
    "excludeChunks",
    "globDirectory",
    "globPublicPatterns",
    "include",
    "injectionPoint",
    "manifestTransforms",
    "maximumFileSizeToCacheInBytes",
    "modifyURLPrefix",
    "register",
    "reloadOnOnline",
    "scope",
    "swDest",
    "swSrc",
    "swUrl",
    "webpackCompilationPlugins",
];

/// Options of `new Serwist()`.
pub const SERWIST: &[&str] = &[
    "cacheId",
    "clientsClaim",
    "disableDevLogs",
    "fallbacks",
    "importScripts",
    "navigationPreload",
    "offlineAnalyticsConfig",
    "precacheEntries",
    "precacheOptions",
    "requestRules",
    "runtimeCaching",
    "skipWaiting",
];

/// Options in `precacheOptions` of `new Serwist()`.
pub const SERWIST_PRECACHE: &[&str] = &[
    "cleanURLs",
    "cleanupOutdatedCaches",
    "concurrency",
    "directoryIndex",
    "fallbackToNetwork",
    "ignoreURLParametersMatching",
    "navigateFallback",
    "navigateFallbackAllowlist",
    "navigateFallbackDenylist",
    "urlManipulation",
];

/// Options that Workbox turns into plugins when it generates a worker; a strategy that is constructed directly takes
/// them only as plugins.
pub const AS_PLUGINS: &[&str] =
    &["backgroundSync", "broadcastUpdate", "cacheableResponse", "expiration", "rangeRequests"];

/// The suggestion for a misspelled name, if an option is similar enough.
#[must_use]
pub fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = |known: &&&str| known.len() >= 5 && distance(name, known) <= 2;
    let (at, _) =
        known.iter().enumerate().filter(|(_, known)| near(known)).min_by_key(|(_, known)| distance(name, known))?;
    known.get(at).copied()
}

/// Edit distance, with swaps of neighbors. All differences in case together count as one.
fn distance(a: &str, b: &str) -> usize {
    if a != b && a.eq_ignore_ascii_case(b) {
        return 1;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(60).collect(), b.chars().take(60).collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(a[i - 1] != b[j - 1]);
                let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_option_is_led_back() {
        assert_eq!(meant("cacheStartURL", NEXT_PWA), Some("cacheStartUrl"));
        assert_eq!(meant("dynamicStarUrl", NEXT_PWA), Some("dynamicStartUrl"));
        assert_eq!(meant("cleanUpOutdatedCaches", GENERATE), Some("cleanupOutdatedCaches"));
        assert_eq!(meant("skipWaitng", GENERATE), Some("skipWaiting"));
        assert_eq!(meant("fallbcaks", NEXT_PWA), Some("fallbacks"));
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in ["swcMinify", "title", "dust", "mine", "swDist2024", ""] {
            assert_eq!(meant(name, NEXT_PWA), None, "{name}");
        }
    }
}
