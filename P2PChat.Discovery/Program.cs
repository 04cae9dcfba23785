using P2PChat.Discovery.Hosting;

return await DirectoryMain.RunAsync(args);
