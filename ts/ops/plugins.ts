/** The door of `routemeter/ops` to outside code. */
import * as crypto from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as path from 'node:path';
import * as perf from 'node:perf_hooks';
import * as tls from 'node:tls';
import * as zlib from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

export { crypto, fs, getRequestListener, Hono, http, https, LRUCache, net, once, path, perf, tls, z, zlib };
export type { Context, HttpBindings };
