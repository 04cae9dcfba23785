using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Hosting;

/// <summary>Reads <see cref="PeerOptions"/> from the configuration and validates them.</summary>
public static class PeerSettings
{
    /// <returns>A message that says what is wrong and how to correct it; null if the options are valid.</returns>
    public static string? Read(IConfiguration configuration, out PeerOptions options)
    {
        var section = configuration.GetSection(PeerOptions.Section);
        options = new PeerOptions();
        if (PortError(section[nameof(PeerOptions.Port)], "The port") is { } portError)
        {
            return portError;
        }

        if (PortError(section[nameof(PeerOptions.Api)], "The local API port (--api)") is { } apiError)
        {
            return apiError;
        }

        if (section[nameof(PeerOptions.Accept)] is { } accept && !IsNameOf<AcceptMode>(accept))
        {
            return $"'{accept}' is not a valid accept mode (--accept). Use ask, contacts, all or none.";
        }

        if (section[nameof(PeerOptions.WebAddress)] is { Length: > 0 } web && !IsWebAddress(web))
        {
            return $"'{web}' is not a valid web address (--web-address). Use http or https with a host and an optional "
                + "port, such as https://alice.example.org.";
        }

        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }

        return ValidationError(options);
    }

    private static string? ValidationError(PeerOptions options)
    {
        if (string.IsNullOrEmpty(options.Username))
        {
            return "The username is missing.";
        }

        if (!Username.TryParse(options.Username, out _))
        {
            return $"'{options.Username}' is not a username. {Username.Rule}";
        }

        if (
            !Uri.TryCreate(options.Discovery, UriKind.Absolute, out var discovery)
            || discovery.Scheme is not ("http" or "https")
            || !UriHost.IsValid(discovery)
        )
        {
            return $"'{options.Discovery}' is not a valid directory address (--discovery). "
                + "Give a URL such as http://localhost:5000.";
        }

        if (options.Data is { } data && string.IsNullOrWhiteSpace(data))
        {
            return "The data directory (--data) is empty. Give a path, or omit the option.";
        }

        if (options.Advertise is { } advertise && !IsHostAndPort(advertise))
        {
            return $"'{advertise}' is not a valid address to advertise (--advertise). "
                + "Give host:port, such as chat.example.org:8001.";
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

    private static string? PortError(string? text, string subject) =>
        string.IsNullOrEmpty(text) || ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? null
            : $"{subject} is '{text}'. Give a number from 0 to 65535.";

    private static bool IsNameOf<T>(string text)
        where T : struct, Enum => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase);

    // The page needs its own host, because cookies and Origin do not distinguish paths.
    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address is { Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" }
        && UriHost.IsValid(address);

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
