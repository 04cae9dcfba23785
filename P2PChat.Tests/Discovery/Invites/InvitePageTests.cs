using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace P2PChat.Tests.Discovery.Invites;

/// <summary>The page that a link opens in a browser.</summary>
public sealed partial class InvitePageTests
{
    [Fact]
    public async Task Page_needs_no_token_and_allows_only_its_style()
    {
        await using var directory = await DirectoryFixture.StartAsync(InviteFixture.WithJoinToken);

        using var response = await directory.SendAsync(HttpMethod.Get, "/i");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var page = await response.Content.ReadAsStringAsync();
        var style = Assert.Single(Style().Matches(page)).Groups[1].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy"))
        );
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("public, max-age=3600", response.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Page_has_no_script_link_form_or_outside_resource()
    {
        await using var directory = await DirectoryFixture.StartAsync();

        var page = await directory.Http.GetStringAsync("/i");

        Assert.Contains("<code>p2pchat join - bob</code>", page, StringComparison.Ordinal);
        Assert.Contains("as it was sent to you", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(Active(), page);
    }

    [Theory]
    [InlineData("/i?<script>alert(1)</script>")]
    [InlineData("/i?1.alice.KEY.SECRET")]
    [InlineData("/i#1.alice.KEY.SECRET\"><img src=x onerror=alert(1)>")]
    public async Task Query_and_fragment_are_not_echoed(string path)
    {
        await using var directory = await DirectoryFixture.StartAsync();

        Assert.Equal(await directory.Http.GetStringAsync("/i"), await directory.Http.GetStringAsync(path));
    }

    [Theory]
    [InlineData("/i/<script>alert(1)</script>")]
    [InlineData("/i/1.alice.KEY.SECRET")]
    public async Task Path_below_the_page_is_not_open_and_not_echoed(string path)
    {
        await using var directory = await DirectoryFixture.StartAsync(InviteFixture.WithJoinToken);

        using var response = await directory.SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("alert", body, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", body, StringComparison.Ordinal);
    }

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex(
        @"<script|<link|<img|<iframe|<form|<a\b|<base|\bon\w+\s*=|\bstyle=|url\(|@import|https?:|javascript:"
    )]
    private static partial Regex Active();
}
