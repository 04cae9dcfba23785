using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Hosting;

/// <summary>Reads <see cref="PeerOptions"/> from the configuration, and tells a person what is wrong with them.</summary>
public static class PeerSettings
{
    /// <returns>A sentence that says what is wrong and what to give instead; null if the options are good.</returns>
    public static string? Read(IConfiguration configuration, out PeerOptions options)
    {
        var section = configuration.GetSection(PeerOptions.Section);
        options = new PeerOptions();
        if (BadPort(section[nameof(PeerOptions.Port)], "The port") is { } badPort)
        {
            return badPort;
        }

        if (BadPort(section[nameof(PeerOptions.Api)], "The port of the local API (--api)") is { } badApi)
        {
            return badApi;
        }

        if (section[nameof(PeerOptions.Accept)] is { } accept && !IsWordOf<AcceptMode>(accept))
        {
            return $"'{accept}' says nothing about whom to accept (--accept): give ask, contacts, all or none.";
        }

        if (section[nameof(PeerOptions.WebAddress)] is { Length: > 0 } web && !IsWebAddress(web))
        {
            return $"'{web}' is not the address of a web page (--web-address): give http or https, a host and a port if need be, for instance https://alice.example.org.";
        }

        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }

        return Judge(options);
    }

    private static string? Judge(PeerOptions options)
    {
        if (string.IsNullOrEmpty(options.Username))
        {
            return "A username is missing.";
        }

        if (!Username.TryParse(options.Username, out _))
        {
            return $"'{options.Username}' is not a username. {Username.Rule}";
        }

        if (
            !Uri.TryCreate(options.Discovery, UriKind.Absolute, out var discovery)
            || discovery.Scheme is not ("http" or "https")
        )
        {
            return $"'{options.Discovery}' is not the address of a directory (--discovery): give a URL such as http://localhost:5000.";
        }

        if (options.Data is { } data && string.IsNullOrWhiteSpace(data))
        {
            return "The data directory (--data) is empty: give a path, or leave the option out.";
        }

        if (options.Advertise is { } advertise && !IsHostAndPort(advertise))
        {
            return $"'{advertise}' is not an address for others (--advertise): give host:port, for instance chat.example.org:8001.";
        }

        var results = new List<ValidationResult>();
        return Validator.TryValidateObject(
            options,
            new ValidationContext(options),
            results,
            validateAllProperties: true
        )
            ? null
            : results[0].ErrorMessage;
    }

    private static string? BadPort(string? text, string what) =>
        string.IsNullOrEmpty(text) || ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? null
            : $"{what} is '{text}': give a number from 0 to 65535.";

    private static bool IsWordOf<T>(string text)
        where T : struct, Enum => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase);

    // The page has the whole of its host: cookies and Origin know no paths.
    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address is { Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" };

    private static bool IsHostAndPort(string text)
    {
        if (IPEndPoint.TryParse(text, out var endpoint))
        {
            return endpoint.Port != 0;
        }

        var colon = text.LastIndexOf(':');
        return colon > 0
            && Uri.CheckHostName(text[..colon]) is UriHostNameType.Dns or UriHostNameType.IPv4
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port != 0;
    }
}
