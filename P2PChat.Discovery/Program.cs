using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Hosting;

try
{
    await DiscoveryApp.Build(args).RunAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    foreach (var failure in exception.Failures)
    {
        await Console.Error.WriteLineAsync(failure);
    }

    return 2;
}
catch (IOException exception) when (exception.InnerException is AddressInUseException or SocketException)
{
    await Console.Error.WriteLineAsync(
        $"{exception.Message.TrimEnd('.')}: stop the other program, or choose another address with --urls."
    );
    return 1;
}
